// Uploads on their way to the object store (R2): of unknown length, hashed as they come, one part of each in memory at a time.
import { arriving } from "./arriving.js";
import { within } from "./deadline.js";
import { hex } from "./digest.js";
import { hear } from "./hearing.js";
import { promised } from "./promised.js";
import { step } from "./step.js";

// The object store's own minimum for every part but the last, which must be of one size.
const PART_BYTES = 5 * 1024 * 1024;

// How long it may take to forget what came in of an upload that failed; what it doesn't, it collects by itself.
const ABORT_MS = 5000;

/** An upload of at most `limit` bytes to `key`, which is given up once nothing comes for `idleMs`, or the store takes too long for a part. */
export function beginStaging(bucket, key, stream, limit, idleMs) {
  return new Staging(bucket, key, arriving(stream, idleMs), limit);
}

/**
 * Reads on: true once the stream is at its end; undefined if it has more bytes than it may, of which nothing is kept; false once there are more than `most`
 * bytes, unless those are a whole part and go to the store, or once it has given way.
 */
export function stageOn(staging, most) {
  return staging.on(most);
}

/** Lets go of what is in memory, unless all has come and is stored now; for any request to call. What the store is sent in that moment it still takes. */
export function giveWay(staging) {
  staging.giveWay();
}

/** Stores what came, all of which was read. Gives the SHA-256, the size and the first eight bytes in hexadecimal, in lines. */
export function endStaging(staging) {
  return staging.end();
}

/** Keeps nothing, and hears out who sends it; for whatever was not stored. */
export function refuseStaging(staging) {
  return staging.refuse();
}

class Staging {
  constructor(bucket, key, pieces, limit) {
    this.bucket = bucket;
    this.key = key;
    this.pieces = pieces;
    this.limit = limit;
    this.digest = new crypto.DigestStream("SHA-256");
    this.hash = this.digest.getWriter();
    this.size = 0;
    this.head = undefined;
    // What is read of the part, and of the piece that didn't go into it.
    this.part = new Uint8Array(0);
    this.held = 0;
    this.left = new Uint8Array(0);
    this.upload = undefined;
    this.parts = [];
    this.whole = false;
    this.gaveWay = false;
    /** @type {(nothing?: any) => void} */
    this.wake = () => {};
  }

  async on(most) {
    try {
      while ((await this.taken(most)) && !this.gaveWay) {
        const piece = await this.next();
        // It may give way between the piece's coming and now.
        if (piece === undefined || this.gaveWay) return false;
        const { done, value } = piece;
        if (done) {
          this.whole = true;
          return true;
        }
        this.size += value.length;
        if (this.size > this.limit) return await this.forget();
        await this.hash.write(value);
        this.left = value;
      }
      return false;
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  /** The next piece; nothing if it gives way before that comes. */
  next() {
    const { promise, resolve } = promised();
    this.wake = resolve;
    return Promise.race([this.pieces.next(), promise]);
  }

  giveWay() {
    if (this.whole) return;
    this.gaveWay = true;
    this.part = this.left = new Uint8Array(0);
    this.wake();
  }

  /** Whether the piece that came has gone into parts of at most `most` bytes. */
  async taken(most) {
    const room = Math.min(most, PART_BYTES);
    while (!this.gaveWay) {
      const taken = this.left.subarray(0, room - this.held);
      this.part = roomFor(this.part, this.held + taken.length, this.limit);
      this.part.set(taken, this.held);
      this.held += taken.length;
      this.left = this.left.subarray(taken.length);
      if (this.left.length === 0) return true;
      if (room < PART_BYTES) return false;
      await this.flush();
    }
    return false;
  }

  async flush() {
    this.upload ??= await step(this.bucket.createMultipartUpload(this.key));
    if (this.gaveWay) return;
    this.parts.push(await step(this.upload.uploadPart(this.parts.length + 1, this.read())));
    this.held = 0;
  }

  /** What is read of the part. */
  read() {
    const read = this.part.subarray(0, this.held);
    this.head ??= hex(read.subarray(0, 8));
    return read;
  }

  async end() {
    try {
      await this.hash.close();
      if (this.upload) {
        await this.flush();
        await step(this.upload.complete(this.parts));
      } else {
        await step(this.bucket.put(this.key, this.read()));
      }
      return `${hex(await this.digest.digest)}\n${this.size}\n${this.head}`;
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  async refuse() {
    await this.forget();
    await hear(() => this.pieces.next());
    // It may have broken off by itself.
    this.pieces.return(undefined).catch(() => {});
  }

  /** Lets go of all that came. */
  async forget() {
    this.part = this.left = new Uint8Array(0);
    this.digest.digest.catch(() => {});
    // What can't be aborted any more is collected by the store itself.
    const { upload } = this;
    this.upload = undefined;
    await Promise.allSettled([this.hash.abort(), upload && within(upload.abort(), ABORT_MS)]);
  }
}

/** The same bytes with room for `length`, grown by doubling, but no further than there may be, and not copied beside themselves. */
function roomFor(bytes, length, limit) {
  if (length <= bytes.length) return bytes;
  const larger = Math.min(PART_BYTES, limit, Math.max(length, bytes.length * 2, 65536));
  return new Uint8Array(/** @type {any} */ (bytes.buffer).transfer(larger));
}
