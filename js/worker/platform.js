// What the platform's instance asks of the host beside what every instance does.
import { pack } from "./bundle.js";
import { callOf, readCall } from "./call.js";
import { beginBody, leaveBody, passOver, readOn } from "./coming.js";
import { sha256 } from "./digest.js";
import * as isolate from "./isolate.js";
import { prepare } from "./prepare.js";

/**
 * Prepares a module, and packs its bundle into one object.
 *
 * Gives JSON, `{"prepared": …}` or `{"refusal": {"code": …, "message": …}}`, and the packed bundle, if there is one.
 */
async function prepareModule(env, module) {
  const { refusal, report, functions, types, files } = await prepare(env, module);
  if (refusal) return [JSON.stringify({ refusal })];
  const packed = pack(files);
  const { prepare: version } = JSON.parse(new TextDecoder().decode(files[0].bytes));
  const prepared = {
    prepare: version,
    bundle: await sha256(packed),
    worlds: report.worlds,
    exports: functions,
    types,
  };
  return [JSON.stringify({ prepared }), packed];
}

export const host = { ...isolate, readCall, beginBody, readOn, passOver, leaveBody, callOf, prepareModule };
