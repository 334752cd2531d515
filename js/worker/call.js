// What a client wants called, read from its request's body.
import { arrived } from "./arriving.js";
import { readOf } from "./coming.js";
import { membersOf } from "./members.js";
import { promised } from "./promised.js";

// Bytes of a call's body beside its arguments: names, and a number.
const MOST_MEMBERS = 8192;

// Arrays, objects and strings in a call's body: V8 takes up to some 50 bytes for each, and an isolate has 128 MB.
const MOST_HELD = 1_000_000;

// What a value is, by its first character; the others begin a number, or nothing.
const KINDS = { "[": "array", "{": "object", '"': "string", t: "boolean", f: "boolean", n: "null" };

/**
 * What a client wants called: the JSON text of all members of the body but `args`, and `args`, the JSON of an array, of which nothing more is known: the
 * function's own isolate reads it. A string instead is what is wrong with the body, null one that is not UTF-8 without a byte order mark. The body's length is
 * declared, and small; it may take `wholeMs`.
 */
export function readCall(request, context, wholeMs) {
  const { promise, resolve, reject } = promised();
  arrived(request.arrayBuffer(), wholeMs, context, (whole, value) => (whole ? resolve(value) : reject(value)));
  return promise.then((bytes) => partsOf(new Uint8Array(bytes)));
}

/** The same of a body that was read piece by piece, and is whole. */
export function callOf(body) {
  return partsOf(readOf(body));
}

/**
 * @param {Uint8Array} bytes a whole body
 * @returns {[members: string, args: string | Uint8Array] | string | null} as `readCall` gives them
 */
export function partsOf(bytes) {
  const first = bytes.find((byte) => byte > 0x20);
  if (first > 0x7f) return null;
  if (first !== 0x7b) return "expected a JSON object";
  try {
    return parts(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) return `the body is not JSON: ${error.message}`;
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** @returns {[string, string | Uint8Array] | string} */
function parts(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const { members, held } = membersOf(bytes);
  const rest = members.filter(({ name }) => name !== "args");
  if (rest.reduce((length, { from, to }) => length + to - from, 0) > MOST_MEMBERS) {
    return `the members beside args have more than ${MOST_MEMBERS} bytes`;
  }
  if (held > MOST_HELD) return `args: more than ${MOST_HELD} arrays, objects and strings`;
  const others = `{${rest.map(({ from, to }) => text.decode(bytes.subarray(from, to)))}}`;
  JSON.parse(others);
  const args = members.findLast(({ name }) => name === "args");
  if (args === undefined) return [others, "[]"];
  const kind = KINDS[String.fromCharCode(bytes[args.value])];
  if (kind !== "array") return `args: expected an array, got ${kind ?? "number"}`;
  return [others, bytes.subarray(args.value, args.to)];
}
