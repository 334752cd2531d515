// Two instances behind one shim: what is answered where, and that neither takes the other along when it dies.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildCrate, buildRig, root, startWorker } from "./harness.mjs";
import { client, issuer, raw, user, wasm } from "./product/platform.mjs";
import { read } from "./product/product.mjs";

// An upstream that answers when it is told to.
let release;
const upstream = createServer((_, response) => {
  release = () => response.writeHead(200, { "content-type": "application/json", "content-range": "0-0/1" }).end("[]");
});
let first;
let second;
before(async () => {
  await buildCrate("hashi");
  await buildRig();
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const start = (name, vars) =>
    startWorker({ config: join(root, "tests", "worker", "two", `rig-${name}.toml`), vars: { ...issuer, ...vars } });
  first = await start("first");
  const { port } = /** @type {import("node:net").AddressInfo} */ (upstream.address());
  second = await start("second", { SUPABASE_URL: `http://127.0.0.1:${port}`, CACHE: "off" });
});
after(async () => {
  await first?.stop();
  await second?.stop();
  upstream.closeAllConnections();
  upstream.close();
});

const ann = user("ann");

/** An upload whose body goes on for as long as it is not told to end. */
function slowUpload(api, name) {
  let end;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(wasm(7));
      await ended;
      controller.close();
    },
  });
  return { end, answer: api(ann, "POST", `/functions/${name}/upload`, { body, headers: raw, duplex: "half" }) };
}

test("the first instance dies, and an upload in the second goes on", async () => {
  const api = client(first.url);
  assert.equal((await api(ann, "POST", "/functions", { body: { name: "goes-on" } })).status, 201);
  for (const how of ["panic", "trap", "memory"]) {
    const upload = slowUpload(api, "goes-on");
    await sleep(100);
    assert.equal((await read(`${first.url}/die/${how}`)).status, 500, how);
    assert.equal((await read(`${first.url}/hello`)).text, "hello");
    upload.end();
    const { status, text } = await upload.answer;
    assert.equal(status, 201, text);
  }
});

test("the second instance dies, and a request that waits in the first is answered", async () => {
  for (const how of ["panic", "trap", "memory"]) {
    const waiting = read(`${second.url}/earthquake/list`);
    while (!release) await sleep(10);
    const dying = await read(`${second.url}/fn/die/${how}`);
    assert.deepEqual([dying.status, dying.json.code], [500, "internal"], how);
    assert.equal((await read(`${second.url}/fn/hello`)).text, "hello");
    release();
    release = undefined;
    const { status, json } = await waiting;
    assert.deepEqual([status, json], [200, []]);
  }
});

test("both name requests in one row", async () => {
  const ids = [];
  for (const path of ["/hello", "/fn/hello", "/hello", "/fn/nothing", "/nothing"]) {
    ids.push((await read(second.url + path)).headers.get("x-request-id"));
  }
  const prefixes = new Set(ids.map((id) => id.slice(0, 16)));
  assert.equal(prefixes.size, 1);
  const numbers = ids.map((id) => Number.parseInt(id.slice(17), 16));
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => numbers[0] + at),
  );
});

test("what one remembers of headers and texts is never given for the other's", async () => {
  const seen = await Promise.all(
    Array.from({ length: 40 }, (_, at) => read(`${second.url}${at % 2 ? "/hello" : "/fn/hello"}`)),
  );
  for (const [at, { text, headers }] of seen.entries()) {
    assert.equal(text, at % 2 ? "Hello from Hashi, in Rust on the edge.\n" : "hello");
    assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
  }
});

test("a preflight, a wrong method and an unknown path are the platform's own to answer", async () => {
  const preflight = await read(`${first.url}/api/v1/functions`, {
    method: "OPTIONS",
    headers: { "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
  });
  assert.deepEqual(
    [preflight.status, preflight.headers.get("access-control-allow-methods")],
    [204, "GET, HEAD, POST, OPTIONS"],
  );
  assert.equal(preflight.headers.get("access-control-allow-headers"), "authorization");
  const put = await read(`${first.url}/api/v1/functions`, { method: "PUT" });
  assert.deepEqual([put.status, put.json.code], [405, "method_not_allowed"]);
  const nothing = await read(`${first.url}/api/v1/nothing`);
  assert.deepEqual([nothing.status, nothing.json.code], [404, "not_found"]);
});
