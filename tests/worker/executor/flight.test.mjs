// A bundle that many calls want at once is read once, and by another call if the one that reads it is given up.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { guests } from "../../guest/guests.mjs";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { client, issuer, raw, user } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { open, until } from "../raw.mjs";

const ann = user("ann");
let worker;
let api;
let body;
before(async () => {
  body = readFileSync((await guests())["hello-world"]);
  await buildCrate("hashi");
  worker = await startWorker({
    config: join(root, "tests", "worker", "faults", "wrangler.toml"),
    // Known once, a function costs no call to the store: what is left is the bundle.
    vars: { ...issuer, FUNCTION_CACHE_SECONDS: "60" },
  });
  api = client(worker.url);
});
after(() => worker?.stop());

/** Makes a function whose bundle nobody has read yet, of bytes of its own. */
async function publish(name) {
  const made = await api(ann, "POST", "/functions", { body: { name, trigger: "anonymous" } });
  assert.equal(made.status, 201, made.text);
  const section = Buffer.concat([Buffer.from([0, name.length + 1, name.length]), Buffer.from(name)]);
  const uploaded = await api(ann, "POST", `/functions/${name}/upload`, {
    body: Buffer.concat([body, section]),
    headers: raw,
  });
  assert.equal(uploaded.status, 201, uploaded.text);
  // Looks the function up, and goes no further.
  const refused = await read(`${worker.url}/functions/v1/wasm-executor`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ann}` },
    body: JSON.stringify({ moduleId: name, timeoutMs: 0 }),
  });
  assert.equal(refused.status, 400, refused.text);
}

const trigger = (name, fault) => read(`${worker.url}/fn/${name}`, { headers: { "x-fault": fault } });

test("32 calls of a function that is cold read its bundle once", async () => {
  await publish("crowd");
  const answers = await Promise.all(Array.from({ length: 32 }, () => trigger("crowd", "none 0")));
  for (const { status, text } of answers) assert.deepEqual([status, text], [200, "Hello, world!\n"]);
  const calls = answers.reduce((sum, { headers }) => sum + Number(headers.get("x-calls")), 0);
  assert.equal(calls, 1, "of all calls to the store, one");
});

const counted = (line) => worker.logs.filter(({ text }) => text === line).length;

/** Five calls, once they are there and wait for what another reads. */
async function queue(name) {
  const before = counted("a request came: none 0");
  const others = Array.from({ length: 5 }, () => trigger(name, "none 0"));
  await until(() => counted("a request came: none 0") === before + 5);
  return others;
}

test("a call that is given up while it reads hands over", async () => {
  await publish("handed");
  const first = open(worker.port);
  first.socket.write("GET /fn/handed HTTP/1.1\r\nhost: hashi\r\nx-fault: hang 1\r\n\r\n");
  await until(() => counted("the fault came: hang 1") === 1);
  const others = await queue("handed");
  const left = Date.now();
  first.socket.resetAndDestroy();
  for (const { status, text } of await Promise.all(others)) assert.deepEqual([status, text], [200, "Hello, world!\n"]);
  assert.ok(Date.now() - left < 4500, "when its client leaves, not when its time to read is over");
});

test("a call of whose reading nothing comes is relieved while the others have time", async () => {
  await publish("relieved");
  const first = trigger("relieved", "hang 1");
  await until(() => counted("the fault came: hang 1") === 2);
  const others = await queue("relieved");
  for (const { status, text } of await Promise.all(others)) assert.deepEqual([status, text], [200, "Hello, world!\n"]);
  const { status, json } = await first;
  assert.deepEqual([status, json.code], [503, "unavailable"]);
});
