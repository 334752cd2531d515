// Uploads on their way to the object store are counted by the part that each has in memory: one too many waits, or comes again.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { open as connection, until } from "../raw.mjs";
import { client, issuer, largeWasm, raw, user, wasm } from "./platform.mjs";

const ann = user("ann");
const MIB = 1024 * 1024;
/** Whole parts fit into the room, and no more. */
const FIT = 4;

let worker;
before(async () => {
  await buildCrate("hashi");
  const started = await startWorker({ config: join(root, "tests", "worker", "faults", "wrangler.toml"), vars: issuer });
  worker = { ...started, api: client(started.url) };
  assert.equal((await worker.api(ann, "POST", "/functions", { body: { name: "crowd" } })).status, 201);
});
after(() => worker?.stop());

let mark = 0;
const upload = (bytes, headers = {}) =>
  worker.api(ann, "POST", "/functions/crowd/upload", { body: bytes, headers: { ...raw, ...headers } });
const large = () => upload(largeWasm(MIB, ++mark));

/** An upload that doesn't end, and doesn't stall: so much of it, and then a byte now and then. */
function slow(length = 10 * MIB, start = 100_000, headers = []) {
  const sending = connection(new URL(worker.url).port);
  const lines = [
    "POST /api/v1/functions/crowd/upload HTTP/1.1",
    "host: hashi",
    `authorization: Bearer ${ann}`,
    "content-type: application/wasm",
    `content-length: ${length}`,
    ...headers,
  ];
  sending.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  sending.socket.write(Buffer.alloc(start));
  const drip = setInterval(() => sending.socket.write("\0"), 500);
  sending.hush = () => clearInterval(drip);
  sending.socket.once("close", sending.hush);
  return sending;
}

const leave = (clients) => {
  for (const { socket } of clients) socket.resetAndDestroy();
};

const answered = ({ received }) => /"requestId":"[^"]*"\}/.test(received);

test("as many as there is room for hold the next one up, which hears it, and small ones go by", async () => {
  const clients = Array.from({ length: FIT }, () => slow());
  try {
    let refused;
    // They are counted once enough of them has come in.
    await until(async () => {
      refused = await large();
      return refused.status !== 201;
    }, 60_000);
    assert.deepEqual([refused.status, refused.json.code, refused.headers.get("retry-after")], [503, "overloaded", "1"]);
    const small = async () => {
      const { status, text } = await upload(wasm(++mark));
      assert.equal(status, 201, text);
    };
    await small();
    assert.ok(!clients.some(answered), "those that are under way go on");
    // One that waits goes on as soon as another leaves.
    const waiting = large();
    await small();
    leave(clients.splice(0, 1));
    const went = await waiting;
    assert.equal(went.status, 201, went.text);
  } finally {
    leave(clients);
  }
});

test("what is declared is what counts: many that are smaller fit", async () => {
  const clients = Array.from({ length: 2 * FIT }, () => slow(MIB));
  try {
    // None of it is held before enough has come in, so more than once.
    for (let turn = 0; turn < 3; turn++) {
      const { status, text } = await large();
      assert.equal(status, 201, text);
    }
    assert.ok(!clients.some(answered));
  } finally {
    leave(clients);
  }
});

test("who sends a module of undeclared length that is too large hears why", async () => {
  const response = await fetch(`${worker.url}/api/v1/functions/crowd/upload`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann}`, ...raw },
    body: new Blob([Buffer.alloc(16 * MIB)]).stream(),
    duplex: "half",
  });
  assert.deepEqual([response.status, (await response.json()).code], [413, "body_too_large"]);
});

test("a form whose file is too large hears why, whatever its length is said to be", async () => {
  const form = new FormData();
  form.append("file", new Blob([Buffer.alloc(16 * MIB)]), "large.wasm");
  const { body, headers } = new Response(form);
  const response = await fetch(`${worker.url}/api/v1/functions/crowd/upload`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann}`, "content-type": headers.get("content-type") },
    body,
    duplex: "half",
  });
  assert.deepEqual([response.status, (await response.json()).code], [413, "body_too_large"]);
});

const post = (path) => fetch(`${worker.url}${path}`, { method: "POST" });

/** The time is over of all that hold a part now: longer than an upload of 10 MiB and its wait for room have. */
const expire = () => post("/later?ms=130000");

const hears = (clients) => {
  for (const { received } of clients) assert.match(received, /^HTTP\/1\.1 503 .*"code":"overloaded"/s);
};

// From here on no timer ends: nothing but what is told of the room wakes those that hold it.
test("one whose time is over gives way at once to whoever wants its room, and hears it, though it sends nothing", async () => {
  const clients = Array.from({ length: FIT }, () => slow());
  try {
    await until(async () => (await large()).status !== 201, 60_000);
    for (const each of clients) each.hush();
    await post("/skip?ms=0");
    await expire();
    assert.ok(!clients.some(answered), "not before somebody wants it");
    const { status, text } = await large();
    assert.equal(status, 201, text);
    await until(() => clients.every(answered), 30_000);
    hears(clients);
  } finally {
    leave(clients);
  }
});

/** How many calls of this name wait to be let go. */
const waiting = (name) => worker.logs.filter(({ text }) => text === `the fault came: wait ${name}`).length;

test("what gives way while the store takes its part hears it when that is over", async () => {
  const clients = Array.from({ length: FIT }, () => slow(10 * MIB, 6 * MIB, ["x-fault: wait uploadPart"]));
  try {
    await until(() => waiting("uploadPart") === FIT, 30_000);
    await expire();
    const { status, text } = await large();
    assert.equal(status, 201, text);
    assert.ok(!clients.some(answered));
    await post("/go");
    await until(() => clients.every(answered), 30_000);
    hears(clients);
  } finally {
    leave(clients);
  }
});

test("what has come whole is stored, whoever wants its room meanwhile", async () => {
  const whole = Array.from({ length: FIT }, () => upload(largeWasm(6 * MIB, ++mark), { "x-fault": "wait complete" }));
  await until(() => waiting("complete") === FIT, 30_000);
  await expire();
  const { status, text } = await large();
  assert.equal(status, 201, text);
  await post("/go");
  assert.deepEqual(
    (await Promise.all(whole)).map(({ status }) => status),
    Array(FIT).fill(201),
  );
});
