/**
 * Calls an export with arguments in JSON; its value comes as JSON text.
 *
 * @param {import("../guest/json/index.js").JsonProgram} program
 * @param {string} name
 * @param {string} args the text of an array
 * @param {import("../guest/program.js").Call} options
 */
export function callExport(program, name, args, options) {
  const outcome = program.call(name, JSON.parse(args), options);
  return outcome instanceof Promise ? outcome.then(asText) : asText(outcome);
}

const asText = (outcome) => ({ ...outcome, value: JSON.stringify(outcome.value) });
