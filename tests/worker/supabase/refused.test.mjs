// An upload that Supabase Storage doesn't keep is heard out: its client is told why, and never sees a broken pipe.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { wasm } from "../product/platform.mjs";
import { open, parse } from "../raw.mjs";
import { startPlatformOnSupabase } from "./platform.mjs";

const MIB = 1024 * 1024;
/** One whose uploads have a time to be whole in, and one whose have not: their streams are of different kinds. */
let workers;
let worker;
let ann;
before(async () => {
  worker = await startPlatformOnSupabase();
  workers = [worker, await worker.beside({ UPLOAD_SECONDS: "0" })];
  ann = worker.user();
  const made = await worker.api(ann, "POST", "/functions", { body: { name: "refused" } });
  assert.equal(made.status, 201, made.text);
});
beforeEach(() => worker.proxy.fail(undefined));
after(async () => {
  await workers?.[1].stop();
  await worker?.stop();
});

const objects = async () => (await worker.server.db.query("select name from storage.objects order by name")).rows;

const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

/** A body of so many bytes and more, of no length that is said before; a form with one file if that is its type. */
function chunked(length, type) {
  const piece = chunk(Buffer.alloc(65536));
  const pieces = Array(length / 65536).fill(piece);
  if (type !== "application/wasm") {
    pieces.unshift(chunk(Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n')));
    pieces.push(chunk(Buffer.from("\r\n--b--\r\n")));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}

/** What an uploading client is told that listens only once it has sent all, or how its connection broke. */
async function told({ port }, length, type) {
  const connection = open(port);
  const { socket } = connection;
  socket.pause();
  const broken = new Promise((resolve) => socket.once("error", ({ code }) => resolve(code)));
  const head = [
    "POST /api/v1/functions/refused/upload HTTP/1.1",
    "host: hashi",
    "connection: close",
    `authorization: Bearer ${ann}`,
    `content-type: ${type}`,
    "transfer-encoding: chunked",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const sent = new Promise((resolve) => socket.write(chunked(length, type), () => resolve(undefined)));
  const heard = sent.then(async () => {
    socket.resume();
    await connection.ended;
    const { status, body } = parse(connection.received);
    return body ? `${status} ${JSON.parse(body).code}` : broken;
  });
  return Promise.race([broken, heard]);
}

for (const [what, type] of [
  ["a module", "application/wasm"],
  ["a form", "multipart/form-data; boundary=b"],
]) {
  test(`who sends ${what} that turns out to be too large hears why`, async () => {
    const before = await objects();
    for (const each of workers) assert.equal(await told(each, 16 * MIB, type), "413 body_too_large");
    assert.deepEqual(await objects(), before);
  });

  for (const [how, fault] of Object.entries({
    "refuses it at once": { how: "status", status: 503 },
    "breaks off in its middle": { how: "cut" },
  })) {
    test(`who sends ${what} hears that Storage ${how}`, async () => {
      for (const each of workers) {
        worker.proxy.fail({ path: /POST \/storage\/v1\/object\/private_uploads\/staging/, ...fault });
        assert.equal(await told(each, 9 * MIB, type), "503 unavailable");
      }
    });
  }
}

test("what is not refused is stored as before", async () => {
  for (const each of workers) {
    const body = new Blob([wasm(1)]).stream();
    const headers = { "content-type": "application/wasm" };
    const kept = await each.api(ann, "POST", "/functions/refused/upload", { body, headers, duplex: "half" });
    assert.equal(kept.status, 201, kept.text);
  }
});
