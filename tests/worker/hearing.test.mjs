// Whoever is refused is heard out within bounds: so many bytes, so many at once, and nobody whose body another reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hearOut, hearRest } from "../../js/worker/hearing.js";
import { reading } from "../../js/worker/reading.js";

const MIB = 1024 * 1024;

/** A body of `length` bytes, after which nothing comes; what was taken of it, and whether it was cancelled. */
function body(length) {
  const seen = { taken: 0, cancelled: false };
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const view = controller.byobRequest.view;
      const size = Math.min(view.byteLength, length - seen.taken);
      if (size === 0) return new Promise(() => {});
      seen.taken += size;
      controller.byobRequest.respond(size);
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { stream, seen };
}

test("a client that pauses is heard no longer", async () => {
  const { stream, seen } = body(3 * MIB);
  await hearOut(stream);
  assert.deepEqual(seen, { taken: 3 * MIB, cancelled: true });
});

test("no more than 32 MiB are let come", async () => {
  const { stream, seen } = body(Number.POSITIVE_INFINITY);
  await hearOut(stream);
  assert.deepEqual(seen, { taken: 32 * MIB, cancelled: true });
});

test("a body that somebody else reads is left to them", async () => {
  const { stream, seen } = body(MIB);
  const reader = stream.getReader();
  await hearOut(stream);
  assert.equal(seen.cancelled, false);
  reader.releaseLock();
});

test("what somebody gave up is heard on from where that was, a question that is open among it", async () => {
  const { stream, seen } = body(3 * MIB);
  const read = reading(stream, 1000);
  assert.equal((await read.next()).length, 1000);
  assert.equal(read.next(), read.next(), "the host takes one question at a time");
  await hearRest(read);
  assert.deepEqual(seen, { taken: 3 * MIB, cancelled: true });
});

test("of a client that stalls what was given up is heard no longer, and its question ends", async () => {
  const { stream, seen } = body(1000);
  const read = reading(stream, 1000);
  await read.next();
  const open = read.next();
  await hearRest(read);
  assert.deepEqual(seen, { taken: 1000, cancelled: true });
  assert.equal(await open, undefined);
});

test("a stream that isn't one of bytes is read in its own pieces", async () => {
  const pieces = [new Uint8Array(70_000), new Uint8Array(3)];
  const read = reading(ReadableStream.from(pieces), 1000);
  assert.deepEqual([await read.next(), await read.next(), await read.next()], [...pieces, undefined]);
});

test("sixteen are heard at once, and the next one when one of them is done", async () => {
  const all = Array.from({ length: 16 }, () => hearOut(body(1).stream));
  const [refused, heard] = [body(MIB), body(MIB)];
  await hearOut(refused.stream);
  assert.deepEqual(refused.seen, { taken: 0, cancelled: true });
  await Promise.all(all);
  await hearOut(heard.stream);
  assert.deepEqual(heard.seen, { taken: MIB, cancelled: true });
});

test("a body that breaks off is over", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  await hearOut(stream);
});
