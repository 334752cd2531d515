// Numbers that JSON has no word for, or not enough digits.
import { invalid } from "../failure.js";
import { describe } from "../types/describe.js";

const words = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** `f32` and `f64`: a number, or one of the words; what JSON has as a number too large for the type is none. -0 is written as 0. */
export const float = {
  read(json, name) {
    if (typeof json === "number" && !Number.isFinite(name === "f32" ? Math.fround(json) : json)) {
      throw invalid(`expected ${name}, got a number beyond its range; infinity is "Infinity"`);
    }
    if (typeof json !== "string") return json;
    const number = words.get(json);
    if (number === undefined) {
      throw invalid(`expected ${name}, a number, "NaN", "Infinity" or "-Infinity", got ${describe(json)}`);
    }
    return number;
  },
  write: (value) => (Number.isFinite(value) ? value : String(value)),
};

/** 64-bit integers: a number where a JSON number holds it exactly, else its decimal digits as a string; either is read. */
export const long = {
  read(json, name) {
    if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) return BigInt(json);
    if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
    if (typeof json === "number" && Number.isInteger(json)) {
      throw invalid(`expected ${name}, got number ${json}, which JSON may have rounded: pass it as a string`);
    }
    throw invalid(`expected ${name}, a whole number or a string of its digits, got ${describe(json)}`);
  },
  write: (value) => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  },
};
