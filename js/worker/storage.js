// What the Rust side asks of the host's database (D1) and object store (R2).
import { within } from "./deadline.js";
import { digestOf } from "./digest.js";
import { passOn } from "./pass.js";
import { step } from "./step.js";
import { Unread } from "./unread.js";

export { beginStaging, endStaging, giveWay, refuseStaging, stageOn } from "./staging.js";

// How long the database may take for a transaction, in milliseconds: as long as Supabase may, unless a deployment says otherwise. None of ours takes a second.
const DATABASE_MS = 10_000;

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

/** Copies an object to another key if its bytes have this SHA-256, which the store checks; false if there is no such object. */
export async function copyObject(bucket, from, to, sha256) {
  const object = await step(bucket.get(from));
  if (!object) return false;
  await step(bucket.put(to, object.body, { sha256 }));
  return true;
}

/** An object, to be read whole or not at all; undefined if there is none. */
export async function findObject(bucket, key) {
  const object = await step(bucket.get(key));
  if (!object) return undefined;
  return new Unread(object.size, () => step(object.arrayBuffer()), object.body);
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

/** Removes the objects below `prefix` that were stored `seconds` ago or earlier, but for the keys `kept`; gives their number. */
export async function sweepObjects(bucket, prefix, seconds, kept) {
  const before = Date.now() - seconds * 1000;
  let count = 0;
  let cursor;
  do {
    const page = await step(bucket.list({ prefix, cursor }));
    const old = page.objects.filter((object) => object.uploaded.getTime() <= before).map((object) => object.key);
    const keys = old.filter((key) => !kept.includes(key));
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
