import { GuestFailure } from "../guest/index.js";

// Characters of a value's JSON text: bytes are a third longer as base64, small numbers up to five times.
const MOST_TEXT = 32 * 1024 * 1024;

/**
 * Calls an export with arguments in JSON; its value comes as JSON, in bytes of UTF-8.
 *
 * @param {import("../guest/json/index.js").JsonProgram} program
 * @param {string} name
 * @param {string} args the text of an array
 * @param {import("../guest/program.js").Call} options
 */
export function callExport(program, name, args, options) {
  const outcome = program.call(name, JSON.parse(args), options);
  return outcome instanceof Promise ? outcome.then(asJson) : asJson(outcome);
}

const encoder = new TextEncoder();

function asJson(outcome) {
  const { fuel, memory, instance } = outcome;
  const text = textOf(outcome.value);
  if (text === undefined || text.length > MOST_TEXT) {
    const failure = new GuestFailure("value_too_large", `the value's JSON text has more than ${MOST_TEXT} characters`);
    throw Object.assign(failure, { fuel, memory, instance });
  }
  return { ...outcome, value: encoder.encode(text) };
}

/** JSON; undefined if it is longer than a string may be. */
function textOf(value) {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
