// How long a value's JSON text is, told before any of it is made: it may be six times as long as what it is made of.

/** Characters of any `f64`, such as -2.2250738585072014e-308, and of any 64-bit integer, which is a string where it is large. */
const WIDEST = 24;

/** Characters of the elements of these arrays, at most; of all others, WIDEST. */
const widest = new Map(
  /** @type {[unknown, number][]} */ ([
    [Int8Array, 4],
    [Int16Array, 6],
    [Uint16Array, 5],
    [Int32Array, 11],
    [Uint32Array, 10],
  ]),
);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Of what is below it, "\b\t\n\f\r" have two characters, the others six. */
const SPACE = 0x20;
const isShort = (unit) => unit >= 8 && unit <= 13 && unit !== 11;

/** Quick, and never too few. */
const upper = {
  string: (text) => 2 + 6 * text.length,
  number: () => WIDEST,
  numbers: (array) => array.length * (1 + (widest.get(array.constructor) ?? WIDEST)),
};

/** As many as JSON.stringify writes, of text without lone surrogates: the glue lets none in. */
const exact = {
  string(text) {
    let length = 2 + text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > BACKSLASH) continue;
      if (unit < SPACE) length += isShort(unit) ? 1 : 5;
      else if (unit === QUOTE || unit === BACKSLASH) length += 1;
    }
    return length;
  },
  number(value) {
    const number = Number(value);
    const bare = typeof value === "bigint" ? Number.isSafeInteger(number) : Number.isFinite(number);
    // -0 is written 0, and so String has it.
    return bare ? String(number).length : String(value).length + 2;
  },
  numbers(array, most) {
    let length = 0;
    for (let i = 0; i < array.length && length <= most; i++) length += 1 + exact.number(array[i]);
    return length;
  },
};

/** Whether the JSON text of `value`, as the glue carries it, has at most so many characters. The exact count is made only where the quick one can't tell. */
export const fits = (value, most) => measure(value, most, upper) <= most || measure(value, most, exact) <= most;

/** Characters of `value` as JSON; it stops counting somewhere past `most`. */
function measure(value, most, count) {
  if (typeof value === "string") return count.string(value);
  if (typeof value === "number" || typeof value === "bigint") return count.number(value);
  if (typeof value !== "object" || value === null) return value === false ? 5 : 4;
  // Base64.
  if (value instanceof Uint8Array) return 2 + 4 * Math.ceil(value.length / 3);
  // Each part with a comma or what ends the whole.
  if (ArrayBuffer.isView(value)) return 1 + (count.numbers(value, most) || 1);
  let length = 1;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && length <= most; i++) length += 1 + measure(value[i], most - length, count);
  } else {
    // WIT's names need no escapes.
    for (const name of Object.keys(value)) {
      if (length > most) break;
      length += 4 + name.length + measure(value[name], most - length, count);
    }
  }
  return Math.max(2, length);
}
