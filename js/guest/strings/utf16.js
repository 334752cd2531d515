import { invalid, trap } from "../failure.js";
import { VALUE } from "../schedule.js";
import { describe } from "../types/describe.js";

const decoder = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });

/** The string of `units` code units of UTF-16 at `pointer`. */
export function liftUtf16(cx, pointer, units) {
  cx.reach(pointer, units * 2, 2);
  cx.lifted(VALUE + units * 2, units * 2);
  try {
    return decoder.decode(cx.bytes.subarray(pointer, pointer + units * 2));
  } catch {
    throw trap("invalid_value", `a string of ${units} code units at ${pointer} is not UTF-16`);
  }
}

/** Writes `text`; leaves pointer and length in the context. */
export function lowerUtf16(cx, text) {
  const units = text.length;
  cx.charge(VALUE + units * 2);
  const pointer = cx.allocate(2, units * 2);
  const whole = text.toWellFormed();
  const { view } = cx;
  for (let i = 0; i < units; i++) view.setUint16(pointer + i * 2, whole.charCodeAt(i), true);
  cx.pointer = pointer;
  cx.length = units;
}

export const utf16 = {
  lift: liftUtf16,
  lower(cx, text) {
    if (typeof text !== "string") throw invalid(`expected string, got ${describe(text)}`);
    lowerUtf16(cx, text);
  },
};
