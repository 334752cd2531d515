// Each type can do four things. `load` and `store` go through the guest's memory at `at`; `lift` and `lower` go through
// core values, from `flat[from]` on. `cx` is the context of the function: memory, allocator, charge.
import { invalid, trap } from "../failure.js";
import { describe } from "./describe.js";

function integer(value, low, high, name) {
  if (typeof value !== "number") throw invalid(`expected ${name}, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw invalid(`expected ${name}, a whole number from ${low} to ${high}, got ${value}`);
  }
  return value;
}

function bigint(value, low, high, name) {
  const given = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof given !== "bigint") throw invalid(`expected ${name}, got ${describe(value)}`);
  if (given < low || given > high) throw invalid(`expected ${name}, from ${low} to ${high}, got ${given}`);
  return given;
}

function number(value, name) {
  if (typeof value !== "number") throw invalid(`expected ${name}, got ${describe(value)}`);
  return value;
}

function codePoint(value) {
  if (typeof value === "string" && value.length > 0) {
    const point = /** @type {number} */ (value.codePointAt(0));
    if (value.length === (point > 0xffff ? 2 : 1) && (point < 0xd800 || point > 0xdfff)) return point;
  }
  throw invalid(`expected char, a string of one Unicode scalar value, got ${describe(value)}`);
}

function scalar(point) {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    throw trap("invalid_value", `0x${point.toString(16)} is no char`);
  }
  return String.fromCodePoint(point);
}

function boolean(value) {
  if (typeof value !== "boolean") throw invalid(`expected bool, got ${describe(value)}`);
  return value ? 1 : 0;
}

const int = (size) => ({ size, align: size, flat: ["i32"] });
const long = { size: 8, align: 8, flat: ["i64"] };

const bool = {
  ...int(1),
  load: (cx, at) => cx.view.getUint8(at) !== 0,
  store: (cx, value, at) => cx.view.setUint8(at, boolean(value)),
  lift: (_, flat, from) => flat[from] !== 0,
  lower: (_, value, flat, from) => {
    flat[from] = boolean(value);
  },
};

const s8 = {
  ...int(1),
  array: Int8Array,
  load: (cx, at) => cx.view.getInt8(at),
  store: (cx, value, at) => cx.view.setInt8(at, integer(value, -128, 127, "s8")),
  lift: (_, flat, from) => (flat[from] << 24) >> 24,
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, -128, 127, "s8");
  },
};

const u8 = {
  ...int(1),
  array: Uint8Array,
  load: (cx, at) => cx.view.getUint8(at),
  store: (cx, value, at) => cx.view.setUint8(at, integer(value, 0, 255, "u8")),
  lift: (_, flat, from) => flat[from] & 0xff,
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, 0, 255, "u8");
  },
};

const s16 = {
  ...int(2),
  array: Int16Array,
  load: (cx, at) => cx.view.getInt16(at, true),
  store: (cx, value, at) => cx.view.setInt16(at, integer(value, -32768, 32767, "s16"), true),
  lift: (_, flat, from) => (flat[from] << 16) >> 16,
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, -32768, 32767, "s16");
  },
};

const u16 = {
  ...int(2),
  array: Uint16Array,
  load: (cx, at) => cx.view.getUint16(at, true),
  store: (cx, value, at) => cx.view.setUint16(at, integer(value, 0, 65535, "u16"), true),
  lift: (_, flat, from) => flat[from] & 0xffff,
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, 0, 65535, "u16");
  },
};

const s32 = {
  ...int(4),
  array: Int32Array,
  load: (cx, at) => cx.view.getInt32(at, true),
  store: (cx, value, at) => cx.view.setInt32(at, integer(value, -2147483648, 2147483647, "s32"), true),
  lift: (_, flat, from) => flat[from],
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, -2147483648, 2147483647, "s32");
  },
};

const u32 = {
  ...int(4),
  array: Uint32Array,
  load: (cx, at) => cx.view.getUint32(at, true),
  store: (cx, value, at) => cx.view.setUint32(at, integer(value, 0, 4294967295, "u32"), true),
  lift: (_, flat, from) => flat[from] >>> 0,
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, 0, 4294967295, "u32") | 0;
  },
};

const lowest = -(2n ** 63n);
const s64 = {
  ...long,
  array: BigInt64Array,
  load: (cx, at) => cx.view.getBigInt64(at, true),
  store: (cx, value, at) => cx.view.setBigInt64(at, bigint(value, lowest, -lowest - 1n, "s64"), true),
  lift: (_, flat, from) => flat[from],
  lower: (_, value, flat, from) => {
    flat[from] = bigint(value, lowest, -lowest - 1n, "s64");
  },
};

const highest = 2n ** 64n - 1n;
const u64 = {
  ...long,
  array: BigUint64Array,
  load: (cx, at) => cx.view.getBigUint64(at, true),
  store: (cx, value, at) => cx.view.setBigUint64(at, bigint(value, 0n, highest, "u64"), true),
  lift: (_, flat, from) => BigInt.asUintN(64, flat[from]),
  lower: (_, value, flat, from) => {
    flat[from] = bigint(value, 0n, highest, "u64");
  },
};

const f32 = {
  size: 4,
  align: 4,
  flat: ["f32"],
  array: Float32Array,
  load: (cx, at) => cx.view.getFloat32(at, true),
  store: (cx, value, at) => cx.view.setFloat32(at, number(value, "f32"), true),
  lift: (_, flat, from) => flat[from],
  lower: (_, value, flat, from) => {
    flat[from] = number(value, "f32");
  },
};

const f64 = {
  size: 8,
  align: 8,
  flat: ["f64"],
  array: Float64Array,
  load: (cx, at) => cx.view.getFloat64(at, true),
  store: (cx, value, at) => cx.view.setFloat64(at, number(value, "f64"), true),
  lift: (_, flat, from) => flat[from],
  lower: (_, value, flat, from) => {
    flat[from] = number(value, "f64");
  },
};

const char = {
  ...int(4),
  load: (cx, at) => scalar(cx.view.getUint32(at, true)),
  store: (cx, value, at) => cx.view.setUint32(at, codePoint(value), true),
  lift: (_, flat, from) => scalar(flat[from] >>> 0),
  lower: (_, value, flat, from) => {
    flat[from] = codePoint(value);
  },
};

/** Strings: a pointer and a length in the encoding of the function. */
const string = {
  size: 8,
  align: 4,
  flat: ["i32", "i32"],
  load: (cx, at) => cx.strings.lift(cx, cx.view.getUint32(at, true), cx.view.getUint32(at + 4, true)),
  store: (cx, value, at) => {
    cx.strings.lower(cx, value);
    const { pointer, length } = cx;
    cx.view.setUint32(at, pointer, true);
    cx.view.setUint32(at + 4, length, true);
  },
  lift: (cx, flat, from) => cx.strings.lift(cx, flat[from] >>> 0, flat[from + 1] >>> 0),
  lower: (cx, value, flat, from) => {
    cx.strings.lower(cx, value);
    flat[from] = cx.pointer | 0;
    flat[from + 1] = cx.length | 0;
  },
};

// Values of plain core modules; either sign is taken.
const i32 = {
  ...int(4),
  lower: (_, value, flat, from) => {
    flat[from] = integer(value, -2147483648, 4294967295, "i32") | 0;
  },
};

const i64 = {
  ...long,
  lower: (_, value, flat, from) => {
    flat[from] = BigInt.asIntN(64, bigint(value, lowest, highest, "i64"));
  },
};

export const primitives = { i32, i64, bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, char, string };
