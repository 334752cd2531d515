// Runs unchanged in Node and in workerd.
import { difference, expected, random, value } from "./values.mjs";

/** The host's side of the echo guest: gives back what it gets. */
export const interfaces = {
  "echo:guest/host@0.1.0": new Proxy(
    {},
    { get: (_, name) => (name === "spill" ? (_host, ...all) => all : (_host, one) => one) },
  ),
};

/**
 * Sends values of every type through the guest and back, directly and by way of the host.
 *
 * @param {import("../../../js/guest/program.js").Program} program
 * @param {any} plan
 * @param {{ seed: number, rounds: number }} options
 * @returns {{ calls: number, functions: number, fuel: number, wrong: string[] }}
 */
export function echo(program, plan, { seed, rounds }) {
  const next = random(seed);
  const wrong = [];
  let calls = 0;
  let fuel = 0;
  const functions = plan.exports.filter((export_) => export_.interface !== "");
  for (let round = 0; round < rounds; round++) {
    for (const { interface: of, name, params } of functions) {
      const args = params.map(([, type]) => value(next, type, plan.types));
      const outcome = program.call(`${of}#${name}`, args, { host: {} });
      const got = name === "spill" ? outcome.value : [outcome.value];
      const different = difference(got, expected(args));
      if (different && wrong.length < 5) wrong.push(`${of}#${name}, seed ${seed}, round ${round}: ${different}`);
      calls += 1;
      fuel += outcome.fuel;
    }
  }
  return { calls, functions: functions.length, fuel, wrong };
}
