import { invalid } from "../failure.js";
import { VALUE } from "../schedule.js";
import { describe } from "../types/describe.js";
import { liftUtf16, lowerUtf16 } from "./utf16.js";

// Set in a length: the string is UTF-16, not Latin-1.
const WIDE = 0x80000000;

/** Strings in Latin-1 where that does, else in UTF-16. */
export const compact = {
  lift(cx, pointer, tagged) {
    if (tagged >= WIDE) return liftUtf16(cx, pointer, tagged - WIDE);
    cx.reach(pointer, tagged, 2);
    cx.lifted(VALUE + tagged, tagged);
    let text = "";
    // TextDecoder's "latin1" is Windows-1252, which differs from 0x80 to 0x9f.
    for (let at = pointer; at < pointer + tagged; at += 4096) {
      text += String.fromCharCode(...cx.bytes.subarray(at, Math.min(at + 4096, pointer + tagged)));
    }
    return text;
  },

  lower(cx, text) {
    if (typeof text !== "string") throw invalid(`expected string, got ${describe(text)}`);
    const units = text.length;
    for (let i = 0; i < units; i++) {
      if (text.charCodeAt(i) > 0xff) {
        lowerUtf16(cx, text);
        cx.length += WIDE;
        return;
      }
    }
    cx.charge(VALUE + units);
    const pointer = cx.allocate(2, units);
    for (let i = 0; i < units; i++) cx.bytes[pointer + i] = text.charCodeAt(i);
    cx.pointer = pointer;
    cx.length = units;
  },
};
