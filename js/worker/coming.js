// Bodies that are large or may be, read as far as whoever asks has room for them.
import { arriving, stalled } from "./arriving.js";
import { hear } from "./hearing.js";

/** The body of `request`, of which nothing is read yet; it is given up once nothing comes for `idleMs`. */
export function beginBody(request, idleMs) {
  const pieces = request.body === null ? undefined : arriving(request.body, idleMs);
  return { pieces, bytes: new Uint8Array(0), length: 0, left: undefined };
}

/**
 * Reads on, up to `most` bytes in all; whether that is the whole. It is given up if it still comes at `endsMs` of the clock. Copied as they come: each piece holds
 * the whole buffer that the host read it into.
 */
export async function readOn(body, most, endsMs) {
  if (body.pieces === undefined) return true;
  // Not copied beside itself: what is counted is all there is.
  body.bytes = new Uint8Array(body.bytes.buffer.transfer(most));
  for (;;) {
    if (body.left === undefined) {
      const { done, value } = await body.pieces.next();
      if (done) return true;
      if (Date.now() > endsMs) throw stalled();
      body.left = value;
    }
    const taken = body.left.subarray(0, most - body.length);
    body.bytes.set(taken, body.length);
    body.length += taken.length;
    body.left = taken.length === body.left.length ? undefined : body.left.subarray(taken.length);
    if (body.left !== undefined) return false;
  }
}

/** What was read of it. */
export function readOf({ bytes, length }) {
  return bytes.subarray(0, length);
}

/** Lets go of what was read of it, and hears out its client. */
export async function passOver(body) {
  const { pieces } = body;
  body.bytes.buffer.transfer(0);
  body.left = undefined;
  if (pieces) await hear(() => pieces.next());
}

/** Reads no more of it, and cancels what is left. */
export function leaveBody(body) {
  // It may have broken off by itself.
  body.pieces?.return(undefined).catch(() => {});
}
