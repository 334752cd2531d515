// Uploads on their way to the object store are counted by the part that each has in memory: one too many waits, or comes again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open as connection, until } from "../raw.mjs";
import { largeWasm, raw, startPlatform, user, wasm } from "./platform.mjs";

const ann = user("ann");
const MIB = 1024 * 1024;
/** Whole parts fit into the room, and no more. */
const FIT = 4;

let worker;
before(async () => {
  worker = await startPlatform();
  assert.equal((await worker.api(ann, "POST", "/functions", { body: { name: "crowd" } })).status, 201);
});
after(() => worker?.stop());

let mark = 0;
const upload = (bytes) => worker.api(ann, "POST", "/functions/crowd/upload", { body: bytes, headers: raw });
const large = () => upload(largeWasm(MIB, ++mark));

/** An upload that doesn't end, and doesn't stall: so much of it, and then a byte now and then. */
function slow(length = 10 * MIB, start = 100_000) {
  const client = connection(new URL(worker.url).port);
  const lines = [
    "POST /api/v1/functions/crowd/upload HTTP/1.1",
    "host: hashi",
    `authorization: Bearer ${ann}`,
    "content-type: application/wasm",
    `content-length: ${length}`,
  ];
  client.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  client.socket.write(Buffer.alloc(start));
  const drip = setInterval(() => client.socket.write("\0"), 500);
  client.socket.once("close", () => clearInterval(drip));
  return client;
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
