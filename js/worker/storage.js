// What the Rust side asks of the host's database (D1) and object store (R2).
import { arriving } from "./arriving.js";
import { within } from "./deadline.js";
import { digestOf, hex, sha256 } from "./digest.js";
import { passOn } from "./pass.js";

// How long the database may take for a transaction, in milliseconds: as long as Supabase may, unless a deployment says otherwise. None of ours takes a second.
const DATABASE_MS = 10_000;

// How long the object store may take for each step, in milliseconds: 10 MiB, at a third of a megabyte a second.
const OBJECT_MS = 30_000;

// How long it may take to forget what came in of an upload that failed; what it doesn't, it collects by itself.
const ABORT_MS = 5000;

const step = (promise) => within(promise, OBJECT_MS);

/**
 * Runs statements in one transaction. Each ends with `;` at the end of a line, has one parameter, the text `args`, and gives rows of one
 * column, `doc`, that is JSON text. Gives the rows of all statements as the text of an array of arrays.
 */
export async function queryDatabase(database, statements, args) {
  const each = statements.split(";\n").filter((statement) => statement.trim());
  const batch = await within(
    database.batch(each.map((statement) => database.prepare(statement).bind(args))),
    DATABASE_MS,
  );
  return `[${batch.map(({ results }) => `[${results.map((row) => row.doc)}]`)}]`;
}

// The object store's own minimum for every part but the last, which must be of one size.
const PART_BYTES = 5 * 1024 * 1024;

/**
 * Stores a stream of unknown length while hashing it, with one part in memory at a time. Gives the SHA-256, the size and the first eight bytes in
 * hexadecimal, in lines; undefined if there are more than `limit` bytes, of which nothing is kept. It is given up once nothing comes for `idleMs`, or
 * the store takes too long for a part.
 */
export async function stageObject(bucket, key, stream, limit, idleMs) {
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  let part = new Uint8Array(0);
  let held = 0;
  let size = 0;
  let head = "";
  let upload;
  const parts = [];
  const flush = async () => {
    upload ??= await step(bucket.createMultipartUpload(key));
    parts.push(await step(upload.uploadPart(parts.length + 1, part.subarray(0, held))));
    held = 0;
  };
  try {
    for await (let piece of arriving(stream, idleMs)) {
      size += piece.length;
      if (size > limit) throw tooLarge;
      await hash.write(piece);
      while (piece.length > 0) {
        if (held === PART_BYTES) await flush();
        const taken = piece.subarray(0, PART_BYTES - held);
        part = roomFor(part, held + taken.length);
        part.set(taken, held);
        held += taken.length;
        piece = piece.subarray(taken.length);
        if (head.length < 16) head = hex(part.subarray(0, Math.min(8, held)));
      }
    }
    await hash.close();
    if (upload) {
      await flush();
      await step(upload.complete(parts));
    } else {
      await step(bucket.put(key, part.subarray(0, held)));
    }
    return `${hex(await digest.digest)}\n${size}\n${head}`;
  } catch (error) {
    // What can't be aborted any more is collected by the store itself.
    await Promise.allSettled([hash.abort(error), upload && within(upload.abort(), ABORT_MS)]);
    digest.digest.catch(() => {});
    if (error === tooLarge) return undefined;
    throw error;
  }
}

const tooLarge = new Error("the stream has more bytes than it may");

/** The same bytes with room for `length`, grown by doubling. */
function roomFor(bytes, length) {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.min(PART_BYTES, Math.max(length, bytes.length * 2, 65536)));
  larger.set(bytes);
  return larger;
}

/** Copies an object to another key if its bytes have this SHA-256, which the store checks; false if there is no such object. */
export async function copyObject(bucket, from, to, sha256) {
  const object = await step(bucket.get(from));
  if (!object) return false;
  await step(bucket.put(to, object.body, { sha256 }));
  return true;
}

/** An object's bytes as an ArrayBuffer; undefined if there is none, null if they don't have this SHA-256. */
export async function readObject(bucket, key, wanted) {
  const object = await step(bucket.get(key));
  if (!object) return undefined;
  const bytes = await step(object.arrayBuffer());
  return (await sha256(bytes)) === wanted ? bytes : null;
}

/**
 * Checks an object's bytes, of which none is kept: their number and their ETag, in lines; undefined if there is no object, null if it doesn't have this
 * SHA-256. An error once the store gives nothing for `idleMs`.
 */
export async function checkObject(bucket, key, wanted, idleMs) {
  const object = await step(bucket.get(key));
  if (!object) return undefined;
  const { sha256, size } = await digestOf(object.body, idleMs);
  return sha256 === wanted ? `${size}\n${object.etag}` : null;
}

/**
 * A stream of the `length` bytes of an object from `start` on, all of them if there is no `start`; undefined if there is no object, null if it doesn't have
 * this ETag. It is broken off once the store gives nothing for `idleMs` while it is wanted.
 */
export async function openObject(bucket, key, etag, start, length, idleMs) {
  const range = start === undefined ? undefined : { offset: start, length };
  const object = await step(bucket.get(key, { range, onlyIf: { etagMatches: etag } }));
  if (!object) return undefined;
  return object.body ? passOn(object.body, length, idleMs) : null;
}

/** Stores bytes that have this SHA-256, which the store checks. */
export async function putObject(bucket, key, bytes, sha256) {
  await step(bucket.put(key, bytes, { sha256 }));
}

export async function removeObject(bucket, key) {
  await step(bucket.delete(key));
}

/** Removes the objects below `prefix` that were stored `seconds` ago or earlier; gives their number. */
export async function sweepObjects(bucket, prefix, seconds) {
  const before = Date.now() - seconds * 1000;
  let count = 0;
  let cursor;
  do {
    const page = await step(bucket.list({ prefix, cursor }));
    const keys = page.objects.filter((object) => object.uploaded.getTime() <= before).map((object) => object.key);
    if (keys.length > 0) await step(bucket.delete(keys));
    count += keys.length;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
  return count;
}

/** Whether `key` may go on, as the host counts. */
export async function withinLimit(limiter, key) {
  return (await limiter.limit({ key })).success;
}
