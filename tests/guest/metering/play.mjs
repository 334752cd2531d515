// Plays a random module's case: instantiates it in its environment and lets its driver call it. Runs unchanged in Node, workerd and browsers.
import { arm, ended, ownState, sharedState } from "./metered.mjs";

/** More than any case needs, and few enough that a JavaScript number holds it. */
export const PLENTY = 1n << 50n;
// V8's own limit ends calls that nest too deep, so that it is the same for both.
const stack = 0x7fffffff;

/** How a call ended, in a word that is the same on every host. */
function word(error) {
  // A call stack that overflows: where, depends on how V8 has compiled the functions.
  if (error instanceof RangeError) return "stack";
  if (error instanceof WebAssembly.Exception) return "exception";
  if (error instanceof WebAssembly.RuntimeError) return `trap: ${error.message}`;
  return `${error}`;
}

/**
 * Plays a case.
 *
 * @param {{ environment: WebAssembly.Module, guest: WebAssembly.Module, driver: WebAssembly.Module }} modules
 * @param {{ imports: [string, string][], calls: number }} plan what `guest` imports, in the order in which `environment` exports it
 * @param {{ kind: "plain" | "owner" | "sharer", fuel?: bigint }} how
 * @returns {{ outcomes: string[], used: number[], left: number }} how each call ended and last the state, as hashes or words; of metered ones the
 *   fuel used after each call
 */
export function play(modules, { imports, calls }, { kind, fuel = PLENTY }) {
  const environment = new WebAssembly.Instance(modules.environment).exports;
  const given = Object.create(null);
  imports.forEach(([module, name], number) => {
    given[module] ??= Object.create(null);
    given[module][name] = environment[number];
  });
  let state;
  if (kind === "sharer") given.hashi = state = sharedState();
  const outcomes = [];
  const used = [];
  /** Does something and notes how it ended; false once the fuel is used up. */
  const attempt = (act) => {
    if (state) state.stack.value = stack;
    try {
      outcomes.push(act());
    } catch (error) {
      outcomes.push(word(error));
    }
    if (state === undefined) return true;
    used.push(Number(fuel - state.fuel.value));
    if (ended(state) !== "fuel") return true;
    outcomes[outcomes.length - 1] = "out of fuel";
    return false;
  };
  let guest;
  const going = attempt(() => {
    guest = new WebAssembly.Instance(modules.guest, given).exports;
    if (kind === "owner") state = ownState({ exports: guest });
    if (state) {
      arm(state, { fuel, stack });
      guest["hashi:start"]?.();
    }
    return "started";
  });
  const left = () => (state ? Number(state.fuel.value) : 0);
  if (!going || outcomes[0] !== "started") return { outcomes, used, left: left() };
  const driver = new WebAssembly.Instance(modules.driver, { environment, guest }).exports;
  for (const call of [...Array(calls).keys(), "state"]) {
    if (!attempt(() => BigInt.asUintN(64, driver[call]()).toString(16))) break;
  }
  return { outcomes, used, left: left() };
}
