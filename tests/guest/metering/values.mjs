// Values of the test suite: arguments as adapters take them, results as they give them.

/** The arguments of an adapter for one argument of the suite. */
export function flatten(argument) {
  if ("i32" in argument) return [argument.i32];
  if ("i64" in argument) return [BigInt.asIntN(64, BigInt(argument.i64))];
  if ("f32" in argument) return [argument.f32 | 0];
  if ("f64" in argument) return [BigInt.asIntN(64, BigInt(argument.f64))];
  if ("v128" in argument) return argument.v128.map((half) => BigInt.asIntN(64, BigInt(half)));
  if ("null" in argument) return [null];
  return [host(argument.extern)];
}

const hosts = new Map();

/** The host's value that the suite calls `(ref.extern number)`. */
function host(number) {
  if (!hosts.has(number)) hosts.set(number, { extern: number });
  return hosts.get(number);
}

const f32 = { mantissa: 23n, quiet: 1n << 22n, exponent: 0xffn };
const f64 = { mantissa: 52n, quiet: 1n << 51n, exponent: 0x7ffn };

function matchesFloat(bits, expected, format, width) {
  const value = BigInt.asUintN(width, BigInt(bits));
  if (expected !== "canonical" && expected !== "arithmetic") return value === BigInt.asUintN(width, BigInt(expected));
  const isNan = ((value >> format.mantissa) & format.exponent) === format.exponent;
  const payload = value & ((1n << format.mantissa) - 1n);
  return isNan && (expected === "canonical" ? payload === format.quiet : (payload & format.quiet) !== 0n);
}

/** How many results an adapter gives for an expected one. */
const width = (expected) => ("lanes" in expected ? 2 : "either" in expected ? width(expected.either[0]) : 1);

function matchesOne(values, expected) {
  const [value] = values;
  if ("either" in expected) return expected.either.some((one) => matchesOne(values, one));
  if ("i32" in expected) return value === expected.i32;
  if ("i64" in expected) return value === BigInt.asIntN(64, BigInt(expected.i64));
  if ("f32" in expected) return matchesFloat(value, expected.f32, f32, 32);
  if ("f64" in expected) return matchesFloat(value, expected.f64, f64, 64);
  if ("null" in expected) return value === null;
  if ("extern" in expected) return value === host(expected.extern);
  if ("func" in expected) return typeof value === "function";
  return matchesLanes(values, expected.lanes);
}

function matchesLanes(halves, lanes) {
  const bytes = new DataView(new ArrayBuffer(16));
  for (const [index, half] of halves.entries()) bytes.setBigInt64(index * 8, half, true);
  const [[kind, expected]] = Object.entries(lanes);
  const read = {
    i8: (at) => bytes.getInt8(at) === expected[at],
    i16: (at) => bytes.getInt16(at * 2, true) === expected[at],
    i32: (at) => bytes.getInt32(at * 4, true) === expected[at],
    i64: (at) => bytes.getBigInt64(at * 8, true) === BigInt.asIntN(64, BigInt(expected[at])),
    f32: (at) => matchesFloat(bytes.getUint32(at * 4, true), expected[at], f32, 32),
    f64: (at) => matchesFloat(bytes.getBigUint64(at * 8, true), expected[at], f64, 64),
  };
  return expected.every((_, at) => read[kind](at));
}

/** Whether what an adapter gave is what the suite wants; a global's value comes without an adapter. */
export function matches(results, expected, isGlobal) {
  if (isGlobal) return expected.length === 1 && matchesGlobal(results[0], expected[0]);
  let at = 0;
  for (const one of expected) {
    if (!matchesOne(results.slice(at, at + width(one)), one)) return false;
    at += width(one);
  }
  return at === results.length;
}

function matchesGlobal(value, expected) {
  if ("f32" in expected) return Object.is(value, new Float32Array(new Uint32Array([expected.f32]).buffer)[0]);
  if ("f64" in expected) {
    return Object.is(value, new Float64Array(new BigUint64Array([BigInt(expected.f64)]).buffer)[0]);
  }
  return matchesOne([value], expected);
}

/** Whether two worlds gave the same; functions are different ones in each. */
export function sameResults(some, others) {
  return (
    some.length === others.length &&
    some.every((value, index) =>
      typeof value === "function" ? typeof others[index] === "function" : Object.is(value, others[index]),
    )
  );
}
