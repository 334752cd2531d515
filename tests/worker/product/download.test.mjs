// A module on its way out: checked before its first byte, and held nowhere, however slowly it is taken.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { client, issuer, largeWasm, raw, user, wasm } from "./platform.mjs";
import { assertSlowReadersHoldNothing } from "./slow-readers.mjs";

let worker;
let api;
let bucket;
before(async () => {
  await buildCrate("hashi");
  worker = await startWorker({ config: join(root, "tests", "worker", "faults", "wrangler.toml"), vars: issuer });
  api = client(worker.url);
  bucket = await worker.bucket("ARTIFACTS");
});
after(() => worker?.stop());

const ann = user("ann");

/** Makes a function of this module; the key under which its bytes lie. */
async function make(name, bytes) {
  assert.equal((await api(ann, "POST", "/functions", { body: { name } })).status, 201);
  const { status, json, text } = await api(ann, "POST", `/functions/${name}/upload`, { body: bytes, headers: raw });
  assert.equal(status, 201, text);
  return `modules/${json.module.sha256}`;
}

const CORRUPT = [500, "artifact_corrupt"];

test("downloads that nobody reads hold nothing, and the others are served", async (context) => {
  await assertSlowReadersHoldNothing(context, { ...worker, api }, ann);
});

test("of a large module whose last byte is damaged none is sent", async () => {
  const bytes = largeWasm(6 * 1024 * 1024, 2);
  const key = await make("damaged", bytes);
  const ask = async (method, headers) => {
    const { status, json } = await api(ann, method, "/artifacts/damaged/1", { headers });
    return [status, json?.code];
  };
  const damaged = bytes.slice();
  damaged[damaged.length - 1] ^= 1;
  await bucket.put(key, damaged);
  assert.deepEqual(await ask("GET", {}), CORRUPT);
  assert.deepEqual(await ask("GET", { range: "bytes=0-3" }), CORRUPT);
  assert.equal((await ask("HEAD", {}))[0], 500);
  await bucket.put(key, bytes);
  assert.equal((await ask("GET", { range: "bytes=0-3" }))[0], 206);
  assert.equal((await ask("HEAD", {}))[0], 200);
});

test("a client that has the bytes, or the rest of them, is sent what it lacks", async () => {
  const bytes = wasm(70);
  await make("held", bytes);
  const ask = async (headers, method = "GET") => {
    const answer = await fetch(`${worker.url}/api/v1/artifacts/held/1`, {
      method,
      headers: { authorization: `Bearer ${ann}`, ...headers },
    });
    return { answer, body: new Uint8Array(await answer.arrayBuffer()), etag: answer.headers.get("etag") };
  };
  const { etag } = await ask({});
  for (const method of ["GET", "HEAD"]) {
    for (const [wanted, status] of [
      [etag, 304],
      [`"x", W/${etag}`, 304],
      ["*", 304],
      ['"x"', 200],
    ]) {
      const { answer, body, ...same } = await ask({ "if-none-match": wanted }, method);
      assert.deepEqual([answer.status, same.etag], [status, etag], wanted);
      assert.equal(body.length, status === 200 && method === "GET" ? bytes.length : 0, wanted);
    }
  }
  const range = { range: "bytes=2-5" };
  const part = await ask({ ...range, "if-range": etag });
  assert.deepEqual([part.answer.status, part.body], [206, bytes.slice(2, 6)]);
  for (const other of ['"x"', `W/${etag}`, "Wed, 25 Nov 2026 00:00:00 GMT"]) {
    const whole = await ask({ ...range, "if-range": other });
    assert.deepEqual([whole.answer.status, whole.body], [200, bytes], other);
  }
});

for (const [what, headers] of [
  ["all", {}],
  ["a range", { range: "bytes=0-3" }],
]) {
  test(`${what} of what was altered or removed after its check is refused`, async () => {
    const name = what.replace(" ", "-");
    const bytes = wasm(what.length);
    const key = await make(name, bytes);
    const ask = async (method, fault) => {
      const answer = await api(ann, method, `/artifacts/${name}/1`, { headers: { ...headers, "x-fault": fault } });
      return { calls: Number(answer.headers.get("x-calls")), told: [answer.status, answer.json?.code] };
    };
    const { calls } = await ask("GET", "none 0");
    assert.equal((await ask("HEAD", "none 0")).calls, calls - 1, "a client that wants no bytes has them checked only");
    for (const how of ["alter", "remove"]) {
      assert.deepEqual((await ask("GET", `${how} ${calls}`)).told, CORRUPT, how);
      await bucket.put(key, bytes);
    }
    assert.ok((await ask("GET", "none 0")).told[0] < 300);
  });
}
