import { fits } from "./json/length.js";

/** Why a call gave no value. `code` is stable; the message is for people. */
export class GuestFailure extends Error {
  /**
   * @param {string} code     such as `fuel_exhausted`
   * @param {string} message
   * @param {object} [details]
   * @param {string} [details.kind]     of a trap: which, such as `unreachable`
   * @param {unknown} [details.payload] of a `guest_error`: the value that the guest returned as its error
   */
  constructor(code, message, { kind, payload } = {}) {
    super(message);
    this.name = "GuestFailure";
    this.code = code;
    this.kind = kind;
    this.payload = payload;
    /** Fuel used until then; set once the call has ended. */
    this.fuel = 0;
    /** Bytes of memory that the guest had. */
    this.memory = 0;
    /** Whether the instance had been made for this call, `fresh`, or `restored`; undefined if there was none. */
    this.instance = undefined;
  }
}

// Characters of an error's JSON that a message repeats.
const MOST_REPEATED = 65_536;

/** The failure of a guest that returned `payload` as its error; the message is what it returned, as text. */
export function refused(payload) {
  return new GuestFailure("guest_error", repeated(payload) ?? "the guest returned an error", { payload });
}

function repeated(payload) {
  if (typeof payload === "string") return payload;
  if (!fits(payload, MOST_REPEATED))
    return `the guest returned an error of more than ${MOST_REPEATED} characters of JSON`;
  return JSON.stringify(payload ?? undefined, plainly);
}

/** What JSON.stringify makes nothing of, or an object of numbered members. */
function plainly(_, value) {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value;
}

/** What is said of a wait where V8 can't suspend the guest. */
export const CANNOT_SUSPEND =
  "a call out of the guest had to wait where nothing can: in a start function, an allocator or a destructor";

/** A trap, whether V8 or the glue met it. */
export const trap = (kind, message) => new GuestFailure("trap", message, { kind });

/** An argument that doesn't fit its type; whoever knows more of where it is puts that before the message. */
export const invalid = (message) => new GuestFailure("invalid_argument", message);

/** `failure` as one inside of `place`, such as `.headers` or `[3]`. */
export function within(place, failure) {
  if (place !== "" && failure instanceof GuestFailure && failure.code === "invalid_argument") {
    failure.message =
      failure.message.startsWith(".") || failure.message.startsWith("[")
        ? place + failure.message
        : `${place}: ${failure.message}`;
  }
  return failure;
}

// What V8 says, and what it is called. Chromium, Node and workerd share the words.
const said = [
  ["unreachable", "unreachable"],
  ["memory access out of bounds", "out_of_bounds_memory_access"],
  ["table index is out of bounds", "out_of_bounds_table_access"],
  ["table access out of bounds", "out_of_bounds_table_access"],
  ["function signature mismatch", "indirect_call_type_mismatch"],
  ["null function", "uninitialized_element"],
  ["dereferencing a null pointer", "null_reference"],
  ["divide by zero", "integer_divide_by_zero"],
  ["remainder by zero", "integer_divide_by_zero"],
  ["divide result unrepresentable", "integer_overflow"],
  ["float unrepresentable in integer range", "invalid_conversion_to_integer"],
  ["element segment out of bounds", "out_of_bounds_table_access"],
  ["data segment out of bounds", "out_of_bounds_memory_access"],
];

/** The failure that an exception from a guest's code stands for. */
export function classify(thrown) {
  if (thrown instanceof GuestFailure) return thrown;
  if (thrown instanceof WebAssembly.RuntimeError) {
    const found = said.find(([words]) => thrown.message.includes(words));
    return trap(found ? found[1] : "other", thrown.message);
  }
  if (thrown instanceof WebAssembly.Exception) return trap("uncaught_exception", "an exception that nothing caught");
  // The meter bounds the stack well below V8's own limit, unless the host had used up most of it.
  if (thrown instanceof RangeError && /call stack/.test(thrown.message)) {
    return new GuestFailure("call_depth_exceeded", "calls nested too deep for the host's stack");
  }
  if (typeof WebAssembly.SuspendError === "function" && thrown instanceof WebAssembly.SuspendError) {
    return trap("cannot_suspend", CANNOT_SUSPEND);
  }
  if (thrown instanceof WebAssembly.LinkError) return trap("link", thrown.message);
  return new GuestFailure("host_error", `the host failed: ${thrown?.message ?? thrown}`);
}
