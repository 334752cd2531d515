import { invalid } from "../guest/failure.js";

/**
 * Calls an export with arguments in JSON; its value comes as JSON, in bytes of UTF-8. How long that may be, the program sees to.
 *
 * @param {import("../guest/json/index.js").JsonProgram} program
 * @param {string} name
 * @param {string} args the text of an array, if it is JSON
 * @param {import("../guest/program.js").Call} options
 */
export function callExport(program, name, args, options) {
  const outcome = program.call(name, values(args), options);
  return outcome instanceof Promise ? outcome.then(asJson) : asJson(outcome);
}

function values(args) {
  try {
    return JSON.parse(args);
  } catch (error) {
    throw invalid(`args: not JSON: ${error.message}`);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that a client's arguments are. */
export function textOf(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalid("args: not UTF-8");
  }
}

const encoder = new TextEncoder();

function asJson(outcome) {
  return { ...outcome, value: encoder.encode(JSON.stringify(outcome.value)) };
}
