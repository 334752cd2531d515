// A client that doesn't read what it asked for keeps it as long as it might take to, and no longer once others want the room.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { guests } from "../../guest/guests.mjs";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { client, issuer, raw, user } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { open, until } from "../raw.mjs";

const MIB = 1024 * 1024;
/** Two of them fit, as JSON, and a third doesn't. */
const BYTES = 8 * MIB;
const TEXT = (BYTES * 4) / 3;

const ann = user("ann");
let worker;
let port;
before(async () => {
  await buildCrate("hashi");
  worker = await startWorker({ config: join(root, "tests", "worker", "faults", "wrangler.toml"), vars: issuer });
  port = Number(new URL(worker.url).port);
  const api = client(worker.url);
  assert.equal((await api(ann, "POST", "/functions", { body: { name: "returns" } })).status, 201);
  const body = readFileSync((await guests()).misbehave);
  assert.equal((await api(ann, "POST", "/functions/returns/upload", { body, headers: raw })).status, 201);
});
after(() => worker?.stop());

const headers = { authorization: `Bearer ${ann}`, "content-type": "application/json" };
const asking = (bytes) => JSON.stringify({ moduleId: "returns", functionName: "answer-at-length", args: [bytes] });
const call = (bytes = BYTES) =>
  read(`${worker.url}/functions/v1/wasm-executor`, { method: "POST", headers, body: asking(bytes) });

/** A call by a client that reads nothing until its socket is resumed. */
function unread() {
  const asked = open(port);
  asked.socket.pause();
  const body = asking(BYTES);
  const lines = Object.entries({ host: "hashi", "content-length": body.length, ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  asked.socket.write(`POST /functions/v1/wasm-executor HTTP/1.1\r\n${head}\r\n${body}`);
  return asked;
}

test("it breaks off when its time is over and another wants the room, and not before", async () => {
  const kept = [unread(), unread()];
  let refused;
  await until(async () => {
    refused = await call();
    return refused.status !== 200;
  }, 30_000);
  assert.deepEqual([refused.status, refused.json.code], [503, "overloaded"], "not before");
  // Longer than a value of this length has, and nothing happens by itself.
  await fetch(`${worker.url}/later?ms=160000`, { method: "POST" });
  assert.equal((await call(3)).status, 200);
  const whole = await call();
  assert.equal(whole.status, 200, whole.text.slice(0, 500));
  assert.equal(Buffer.from(whole.json.result, "base64").length, BYTES);
  for (const { socket } of kept) socket.resume();
  await Promise.all(kept.map(({ ended }) => ended));
  for (const { received, bytes } of kept) {
    assert.match(received, /^HTTP\/1\.1 200 /);
    assert.ok(bytes < TEXT, `${bytes} bytes came of more than ${TEXT}`);
    assert.ok(!received.endsWith("0\r\n\r\n"), "nobody takes what came for the whole");
  }
  // They hold nothing any more.
  assert.equal((await Promise.all([call(), call()])).map(({ status }) => status).join(), "200,200");
});
