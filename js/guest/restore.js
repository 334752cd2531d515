// A used instance made like new. Sound where nothing but memory and mutable globals changed: no memory grew, no table was
// written, no segment dropped (all that sets `hashi:dirty`), nothing is left open in the glue.

// Of which zero and other bytes are told apart.
const CHUNK = 4096;

// Above this a fresh instance is cheaper; measured in docs/bundles.md.
const MOST_BYTES = 4 * 1024 * 1024;

/** What the memories of a program's instances hold at first. */
export class Image {
  /** @param {import("./guest.js").Guest} guest */
  constructor(guest) {
    this.bytes = guest.bytes;
    this.memories = this.bytes > MOST_BYTES ? [] : guest.memories.map((memory) => runs(new Uint8Array(memory.buffer)));
  }

  /** Whether `guest`, whose call ended well, can be restored. */
  fits(guest) {
    return (
      this.bytes <= MOST_BYTES &&
      guest.dirty.value === 0 &&
      guest.size() === this.bytes &&
      guest.flags.every((leave) => leave.value === 1)
    );
  }

  /** Gives `guest` its first state back. */
  restore(guest) {
    guest.memories.forEach((memory, i) => {
      const bytes = new Uint8Array(memory.buffer);
      for (const { from, to, data } of this.memories[i]) {
        if (data) bytes.set(data, from);
        else bytes.fill(0, from, to);
      }
    });
    for (const { global, value } of guest.globals) global.value = value;
    // An instance that had handles at first is not kept.
    guest.resources?.clear();
  }
}

/** Stretches of zeros, and of other bytes with a copy of them. */
function runs(bytes) {
  const words = new Uint32Array(bytes.buffer);
  /** @type {{ from: number, to: number, data: Uint8Array | undefined }[]} */
  const found = [];
  for (let from = 0; from < bytes.length; from += CHUNK) {
    const zero = words.subarray(from / 4, (from + CHUNK) / 4).every((word) => word === 0);
    const last = found.at(-1);
    if (last && (last.data === undefined) === zero) last.to = from + CHUNK;
    else found.push({ from, to: from + CHUNK, data: zero ? undefined : bytes });
  }
  for (const run of found) if (run.data) run.data = bytes.slice(run.from, run.to);
  return found;
}

/** The mutable globals of an instance and what they hold now; undefined where JavaScript can't write one of them back bit for bit. */
export function values(globals) {
  const held = [];
  for (const global of globals) {
    let value;
    try {
      value = global.value;
    } catch {
      // JavaScript can't read this type; the meter marks the instance as dirty when one is set.
      continue;
    }
    // A guest can read the bits of a NaN, and JavaScript has one NaN for all of them.
    if (Number.isNaN(value)) return undefined;
    held.push({ global, value });
  }
  return held;
}
