// What the Rust side asks of an object store behind HTTP (Supabase Storage). Headers come as one string: names and values, each ended by a line feed.
import { within } from "./deadline.js";
import { digestOf, hex, sha256 } from "./digest.js";
import { hearRest } from "./hearing.js";
import { nameIsolate } from "./host.js";
import { logError } from "./log.js";
import { late, passOn, patience } from "./pass.js";
import { reading } from "./reading.js";
import { Unread } from "./unread.js";

function headersOf(lines) {
  const parts = lines.split("\n");
  const headers = new Headers();
  for (let at = 0; at + 1 < parts.length; at += 2) headers.set(parts[at], parts[at + 1]);
  return headers;
}

/** The status that an answer means: Storage's errors are 400 by HTTP and say their own status in the body. */
async function meaning(response) {
  if (response.ok) {
    await response.body?.cancel();
    return response.status;
  }
  try {
    const { statusCode } = await response.json();
    return Number(statusCode) || response.status;
  } catch {
    return response.status;
  }
}

/**
 * Sends a stream of unknown length as a new object while hashing it. Gives the SHA-256, the size and the first eight bytes in hexadecimal, in lines, or
 * the status of another answer than 200; undefined if there are more than `limit` bytes. `deadlineMs` bounds the time between two pieces and to the
 * answer. The headers `removing` are for what a stream leaves that broke off. Who sends what isn't stored is heard out.
 */
export async function stageRemote(url, headers, stream, limit, deadlineMs, removing) {
  const sent = new Sent(stream, limit, deadlineMs);
  try {
    const { signal } = sent.abort;
    const response = await fetch(url, {
      method: "POST",
      headers: headersOf(headers),
      body: sent.body,
      signal,
      redirect: "manual",
    });
    const status = await meaning(response);
    if (status === 200 && sent.ended) return await sent.told();
    // The host ends the request of a stream that breaks off as if that were its end: what came in until then is an object now.
    if (status === 200) await remove(url, removing, deadlineMs);
    else if (sent.size <= limit) return status;
    throw new Error("the stream broke off");
  } catch (error) {
    if (sent.size > limit) return undefined;
    throw error;
  } finally {
    await sent.end();
  }
}

// As for bodies that pass through.
const PIECE_BYTES = 65536;

/** A client's stream on its way to the store, read here: what becomes of the request to the store is not what becomes of the client's. */
class Sent {
  constructor(stream, limit, deadlineMs) {
    this.client = reading(stream, PIECE_BYTES);
    this.limit = limit;
    this.digest = new crypto.DigestStream("SHA-256");
    this.hash = this.digest.getWriter();
    this.size = 0;
    this.head = "";
    this.ended = false;
    this.hashed = false;
    this.abort = new AbortController();
    this.patience = patience(deadlineMs, () => this.abort.abort(late("TimeoutError", "no answer within the deadline")));
    this.body = new ReadableStream({ pull: (controller) => this.pull(controller) }, { highWaterMark: 0 });
  }

  async pull(controller) {
    const piece = await this.client.next();
    this.patience.begin();
    if (piece === undefined) {
      this.ended = true;
      return controller.close();
    }
    this.size += piece.length;
    if (this.size > this.limit) throw new Error("the stream has more bytes than it may");
    if (this.head.length < 16) this.head += hex(piece.subarray(0, 8 - this.head.length / 2));
    await this.hash.write(piece);
    // The next piece comes in the same bytes.
    controller.enqueue(piece.slice());
  }

  /** What is known of it, which is stored. */
  async told() {
    await this.hash.close();
    this.hashed = true;
    return `${hex(await this.digest.digest)}\n${this.size}\n${this.head}`;
  }

  /** For when the store has answered, or will not. */
  async end() {
    this.patience.stop();
    if (this.hashed) return;
    // It may have answered before it had all.
    this.abort.abort();
    this.digest.digest.catch(() => {});
    await this.hash.abort().catch(() => {});
    await hearRest(this.client);
  }
}

/** Removes what shouldn't have been stored; the sweep finds what this doesn't. */
async function remove(url, headers, deadlineMs) {
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    await meaning(await fetch(url, { method: "DELETE", headers: headersOf(headers), signal, redirect: "manual" }));
  } catch (error) {
    logError(nameIsolate(), "a broken upload is left in Storage", error);
  }
}

/** What `ask` comes to, aborted once it takes `deadlineMs`. */
async function bounded(abort, deadlineMs, ask) {
  const timer = setTimeout(() => abort.abort(late("TimeoutError", "no answer within the deadline")), deadlineMs);
  try {
    return await ask();
  } finally {
    clearTimeout(timer);
  }
}

/** The answer to a GET, whose head comes within `deadlineMs`. */
function headWithin(url, headers, deadlineMs, abort = new AbortController()) {
  return bounded(abort, deadlineMs, () => fetch(url, { headers, signal: abort.signal, redirect: "manual" }));
}

/** An object, whose head comes within `deadlineMs`, to be read whole within as long again or not at all; or the status of another answer. */
export async function findRemote(url, headers, deadlineMs) {
  const abort = new AbortController();
  const response = await headWithin(url, headersOf(headers), deadlineMs, abort);
  if (response.status !== 200) return within(meaning(response), deadlineMs);
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  return new Unread(
    /^\d+$/.test(length ?? "") ? Number(length) : undefined,
    () => bounded(abort, deadlineMs, () => response.arrayBuffer()),
    { cancel: () => abort.abort() },
  );
}

// What lies between may mark it as weak; the bytes are the same ones.
const etagOf = (response) => response.headers.get("etag")?.replace(/^W\//, "");

/**
 * Checks an object's bytes, of which none is kept: their number and their ETag, in lines, null if they don't have this SHA-256, or the status of another
 * answer. An error once the store sends nothing for `deadlineMs`.
 */
export async function checkRemote(url, headers, wanted, deadlineMs) {
  const response = await headWithin(url, headersOf(headers), deadlineMs);
  if (response.status !== 200) return within(meaning(response), deadlineMs);
  const etag = etagOf(response);
  const { sha256, size } = await digestOf(response.body, deadlineMs);
  if (sha256 !== wanted) return null;
  if (!etag) throw new Error("the store names no ETag: what it sends next can't be known to be what was checked");
  return `${size}\n${etag}`;
}

/**
 * A stream of the `length` bytes of an object from `start` on, all of them if there is no `start`, null if it doesn't have this ETag, or the status of
 * another answer. It is broken off once the store sends nothing for `deadlineMs` while it is wanted.
 */
export async function openRemote(url, headers, etag, start, length, deadlineMs) {
  const asked = headersOf(headers);
  if (start !== undefined) asked.set("range", `bytes=${start}-${start + length - 1}`);
  const response = await headWithin(url, asked, deadlineMs);
  if (response.status !== (start === undefined ? 200 : 206)) {
    const status = await within(meaning(response), deadlineMs);
    if (status !== 200) return status;
    throw new Error("the store sends all of an object where a part was asked for");
  }
  if (etagOf(response) === etag) return passOn(response.body, length, deadlineMs);
  await response.body.cancel();
  return null;
}

/** Sends a request, with bytes only if they have this SHA-256; the status of its answer. */
export async function sendRemote(method, url, headers, body, wanted, deadlineMs) {
  if (wanted && (await sha256(body)) !== wanted) throw new Error("the bytes don't have their hash");
  const signal = AbortSignal.timeout(deadlineMs);
  return meaning(await fetch(url, { method, headers: headersOf(headers), body, signal, redirect: "manual" }));
}
