import { GuestFailure, invalid, within } from "../failure.js";
import { describe } from "../types/describe.js";
import { fits } from "./length.js";
import { makeConverters } from "./types.js";

/** Characters that the JSON text of a value may have, or of a guest's own error. */
export const MOST_TEXT = 16 * 1024 * 1024;

/** A program, called with arguments in JSON. docs/bundles.md says how JSON has each WIT type. */
export class JsonProgram {
  /** @param {import("../program.js").Program} program */
  constructor(program) {
    const { plan, names } = program;
    const converter = makeConverters(plan.types);
    this.program = program;
    /** @type {Map<string, any>} by the name that a call gives */
    this.functions = new Map(
      Array.from(names, ([name, index]) => {
        const { params, result, results } = plan.exports[index];
        return [
          name,
          { params: params.map(([, type]) => converter(type)), as: outcome(result, results, plan, converter) },
        ];
      }),
    );
  }

  /**
   * As `Program.call`, with values that went through `JSON.parse` and may go through `JSON.stringify`: one whose text would have more than
   * `MOST_TEXT` characters is `value_too_large`.
   *
   * @param {string} name
   * @param {unknown} args an array
   * @param {import("../program.js").Call} [call]
   * @returns {import("../program.js").Outcome | Promise<import("../program.js").Outcome>}
   * @throws {GuestFailure} whose `payload`, of a `guest_error`, is JSON too
   */
  call(name, args, call) {
    const function_ = this.functions.get(name);
    // The program says what there is.
    if (!function_) return this.program.call(name, [], call);
    return this.program.call(name, read(function_.params, args), call, function_.as);
  }
}

function read(params, args) {
  if (!Array.isArray(args)) throw invalid(`args: expected an array, got ${describe(args)}`);
  return args.map((json, i) => {
    if (!params[i]) return json;
    try {
      return params[i].read(json);
    } catch (error) {
      throw within(`args[${i}]`, error);
    }
  });
}

const same = (value) => value;

/** How an export's value is written, and its error: of a `result`, a call gives what `ok` carries or fails with what `err` does. */
function outcome(result, results, { types }, converter) {
  const write = (type) => short(type === null || type === undefined ? () => null : (converter(type)?.write ?? plain));
  if (results) return { value: several(results, converter), error: same };
  const sides = typeof result === "number" && types[result].result;
  return sides ? { value: write(sides[0]), error: write(sides[1]) } : { value: write(result), error: same };
}

/** `write`, for values whose text is not too long; looked at beforehand, because bytes become arrays eight times as large. */
function short(write) {
  return (value) => {
    if (fits(value, MOST_TEXT)) return write(value);
    throw new GuestFailure("value_too_large", `the value's JSON text has more than ${MOST_TEXT} characters`);
  };
}

/** What needs no converter, but for nothing at all. */
const plain = (value) => value ?? null;

/** A core module's results: nothing, a number, or an array of them. */
function several(results, converter) {
  const write = results.map((type) => converter(type)?.write ?? same);
  if (write.length === 0) return () => null;
  return write.length === 1 ? write[0] : (values) => values.map((value, i) => write[i](value));
}
