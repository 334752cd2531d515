import { invalid, trap } from "../failure.js";
import { VALUE } from "../schedule.js";
import { describe } from "../types/describe.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

// Below this a loop over ASCII is faster than a call of the decoder or encoder.
const SHORT = 24;

/** Strings in UTF-8, as nearly every guest has them. */
export const utf8 = {
  /** The string of `length` bytes at `pointer`. */
  lift(cx, pointer, length) {
    cx.reach(pointer, length, 1);
    cx.lifted(VALUE + length, length);
    const { bytes } = cx;
    const end = pointer + length;
    if (length <= SHORT) {
      let text = "";
      let at = pointer;
      for (; at < end; at++) {
        const byte = bytes[at];
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (at === end) return text;
    }
    try {
      return decoder.decode(bytes.subarray(pointer, end));
    } catch {
      throw trap("invalid_value", `a string of ${length} bytes at ${pointer} is not UTF-8`);
    }
  },

  /** Writes `text` where the guest's allocator says; leaves pointer and length in the context. */
  lower(cx, text) {
    if (typeof text !== "string") throw invalid(`expected string, got ${describe(text)}`);
    const units = text.length;
    cx.charge(VALUE + units);
    let pointer = cx.allocate(1, units);
    cx.pointer = pointer;
    cx.length = units;
    let done = 0;
    if (units <= SHORT) {
      const { bytes } = cx;
      for (; done < units; done++) {
        const unit = text.charCodeAt(done);
        if (unit >= 0x80) break;
        bytes[pointer + done] = unit;
      }
      if (done === units) return;
    }
    // What is ASCII so far is in its place; a lone surrogate becomes U+FFFD.
    const { read, written } = encoder.encodeInto(text, cx.bytes.subarray(pointer, pointer + units));
    if (read === units) {
      cx.length = written;
      return;
    }
    // Written whole once more: an allocator that forgets to move what was there does no harm.
    const length = written + lengthOf(text, read);
    cx.charge(length);
    pointer = cx.reallocate(pointer, units, 1, length);
    encoder.encodeInto(text, cx.bytes.subarray(pointer, pointer + length));
    cx.pointer = pointer;
    cx.length = length;
  },
};

/** Bytes in UTF-8 of `text` from the unit `from` on. */
function lengthOf(text, from) {
  let length = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}
