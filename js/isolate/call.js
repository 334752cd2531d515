/**
 * Calls an export with arguments in JSON; its value comes as JSON, in bytes of UTF-8. How long that may be, the program sees to.
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
  return { ...outcome, value: encoder.encode(JSON.stringify(outcome.value)) };
}
