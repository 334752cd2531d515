import { invalid } from "../guest/failure.js";

/**
 * Calls an export with arguments in JSON; its value comes as JSON, in bytes of UTF-8. How long that may be, the program sees to.
 *
 * @param {import("../guest/json/index.js").JsonProgram} program
 * @param {string} name
 * @param {ArrayBuffer} args what a client says is the JSON of an array
 * @param {import("../guest/program.js").Call} options
 */
export function callExport(program, name, args, options) {
  const outcome = program.call(name, values(args), options);
  return outcome instanceof Promise ? outcome.then(asJson) : asJson(outcome);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function values(args) {
  let text;
  try {
    text = decoder.decode(args);
  } catch {
    throw invalid("args: not UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`args: not JSON: ${error.message}`);
  }
}

const encoder = new TextEncoder();

function asJson(outcome) {
  return { ...outcome, value: encoder.encode(JSON.stringify(outcome.value)) };
}
