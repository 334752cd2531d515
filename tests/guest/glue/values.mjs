// Values of every WIT type, from a seed: edges often, anything else too.

/** A generator of numbers from 0 up to 1 that a seed decides. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const below = (next, most) => Math.floor(next() * most);
const pick = (next, list) => list[below(next, list.length)];

const strings = [
  "",
  "a",
  "plain ASCII, longer than what is copied by hand",
  "é",
  "ÿĀ",
  "߿ࠀ",
  "￿",
  "𐀀",
  "😀👩‍👩‍👧",
  "\u{10ffff}",
  "\u0000",
  "a\u0000b",
  "\ufeffbom",
  "\ufffd",
  "\u2028\u2029",
  "e\u0301",
  "x".repeat(70_000),
  "ascii first, in a long row of letters, and then: ü",
  "日本語のテキスト".repeat(40),
  "\ud800",
  "a\udc00b",
  "\udbff\udbff\udfff",
];

/** Code points from every range that some encoding treats on its own. */
function codePoint(next) {
  const ranges = [
    [0, 0x7f],
    [0x80, 0x7ff],
    [0x800, 0xd7ff],
    [0xe000, 0xffff],
    [0x10000, 0x10ffff],
  ];
  const [low, high] = pick(next, ranges);
  return pick(next, [low, high, low + below(next, high - low + 1)]);
}

function text(next) {
  if (next() < 0.4) return pick(next, strings);
  let made = "";
  for (let i = below(next, 40); i > 0; i--) made += String.fromCodePoint(codePoint(next));
  return made;
}

function integer(next, low, high) {
  if (next() < 0.5) return pick(next, [low, low + 1, 0, 1, high - 1, high]);
  return low + below(next, high - low + 1);
}

function long(next, low, high) {
  if (next() < 0.5) return pick(next, [low, low + 1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n, high - 1n, high]);
  const bits = (BigInt(below(next, 4294967296)) << 32n) | BigInt(below(next, 4294967296));
  return low === 0n ? bits : BigInt.asIntN(64, bits);
}

const doubles = [
  0,
  -0,
  1,
  -1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2 ** -1022,
  Number.EPSILON,
  Number.MAX_SAFE_INTEGER,
  3.4028234663852886e38,
  1.401298464324817e-45,
];

const double = (next) => (next() < 0.6 ? pick(next, doubles) : (next() - 0.5) * 10 ** (below(next, 600) - 300));

const primitives = {
  bool: (next) => next() < 0.5,
  s8: (next) => integer(next, -128, 127),
  u8: (next) => integer(next, 0, 255),
  s16: (next) => integer(next, -32768, 32767),
  u16: (next) => integer(next, 0, 65535),
  s32: (next) => integer(next, -2147483648, 2147483647),
  u32: (next) => integer(next, 0, 4294967295),
  s64: (next) => long(next, -(2n ** 63n), 2n ** 63n - 1n),
  u64: (next) => long(next, 0n, 2n ** 64n - 1n),
  f32: (next) => Math.fround(double(next)),
  f64: double,
  char: (next) => String.fromCodePoint(codePoint(next)),
  string: text,
};

const arrays = {
  s8: Int8Array,
  u8: Uint8Array,
  s16: Int16Array,
  u16: Uint16Array,
  s32: Int32Array,
  u32: Uint32Array,
  s64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** A value of a type of a plan. */
export function value(next, type, types) {
  if (typeof type === "string") return primitives[type](next);
  const [[kind, parts]] = Object.entries(types[type]);
  const inner = (of) => value(next, of, types);
  switch (kind) {
    case "record":
      return Object.fromEntries(parts.map(([name, of]) => [name, inner(of)]));
    case "tuple":
      return parts.map(inner);
    case "list": {
      const length = pick(next, [0, 1, 2, below(next, 12), next() < 0.05 ? 300 : 3]);
      const list = Array.from({ length }, () => inner(parts));
      return arrays[parts] ? arrays[parts].from(list) : list;
    }
    case "flags":
      return next() < 0.1 ? [...parts] : parts.filter(() => next() < 0.4);
    case "enum":
      return pick(next, [parts[0], parts.at(-1), pick(next, parts)]);
    case "variant":
      return variant(next, parts, inner);
    case "result":
      return variant(next, [["ok", parts[0]], ["err", parts[1]]], inner); // biome-ignore format: one line says it
    case "option":
      if (nested(parts, types)) return variant(next, [["none", null], ["some", parts]], inner); // biome-ignore format: one line says it
      return next() < 0.4 ? null : inner(parts);
  }
  throw new Error(`no values for ${kind}`);
}

const nested = (type, types) => typeof type === "number" && "option" in types[type];

function variant(next, cases, inner) {
  const [tag, of] = pick(next, cases);
  return of === null ? { tag } : { tag, val: inner(of) };
}

/** `given` as it comes back: lone surrogates can't be said in Unicode. */
export function expected(given) {
  if (typeof given === "string") return given.toWellFormed();
  if (Array.isArray(given)) return given.map(expected);
  if (ArrayBuffer.isView(given) || typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, expected(inner)]));
}

/** Whether two values are the same, NaN and -0 told apart from everything else; where not, says where. */
export function difference(a, b, path = "") {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || a.constructor !== b.constructor) {
    return `${path || "the value"}: ${show(a)}, not ${show(b)}`;
  }
  const names = ArrayBuffer.isView(a)
    ? [...a.keys(), "length"]
    : [...new Set([...Object.keys(a), ...Object.keys(b), ...(Array.isArray(a) ? ["length"] : [])])];
  for (const name of names) {
    const found = difference(a[name], b[name], `${path}.${name}`);
    if (found) return found;
  }
  return undefined;
}

const show = (value) =>
  (typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value))).slice(0, 200);
