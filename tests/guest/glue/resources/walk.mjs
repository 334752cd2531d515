// Random walks over the steps of `composed`, most of which use handles as one may. Runs unchanged in Node and in workerd.
import { steps } from "./steps.mjs";

const SLOTS = 6;

const at = (name) => steps.indexOf(name);
const [MAKE, GET, ADD, DROP, MERGE] = ["make", "get", "add", "drop", "merge"].map(at);
const [LOOK, LIVE, COPY, KEEP, PASS] = ["look", "live", "copy", "keep", "pass"].map(at);
const [ALL, ABSORB, HOARD, GIVE] = ["all", "absorb", "hoard", "give"].map(at);

/** Steps in which the borrower borrows. */
export const borrowing = [LOOK, KEEP, ALL, GIVE];

/** Steps in which the borrower owns. */
export const owning = [PASS, HOARD];

/**
 * The bytes of a walk: three for each step.
 *
 * @param {() => number} next from 0 up to 1
 * @param {number[]} [without] steps that are not in it
 */
export function walk(next, without = []) {
  const below = (most) => Math.floor(next() * most);
  const held = new Set();
  const any = () => (next() < 0.99 && held.size > 0 ? [...held][below(held.size)] : below(SLOTS));
  const bytes = [];
  for (let length = 3 + below(30); length > 0; length--) {
    const wanted =
      next() < 0.03
        ? below(steps.length)
        : [MAKE, MAKE, GET, ADD, DROP, MERGE, LOOK, LIVE, PASS, ALL, ABSORB][below(11)];
    const what = held.size < 2 && next() < 0.9 ? MAKE : wanted;
    const a = what === MAKE ? below(SLOTS) : any();
    let b = what === MAKE || what === ADD ? below(256) : any();
    if ((what === MERGE || what === ABSORB) && a === b && next() < 0.95) b = [...held].find((slot) => slot !== a) ?? b;
    // Of slots side by side, all of which hold something.
    if (what === ALL) for (b = a; held.has(b) && next() < 0.7; ) b += 1;
    if (what === DROP || what === HOARD) held.delete(a);
    if (what === MERGE || what === ABSORB) held.delete(b);
    if ([MAKE, MERGE, PASS, COPY].includes(what)) held.add(a);
    if (without.includes(what)) continue;
    bytes.push(what, a, b);
  }
  return Uint8Array.from([...bytes, LIVE, 0, 0]);
}

/**
 * What comes of so many walks, each a line.
 *
 * @param {import("../../../../js/guest/program.js").Program} program of `composed`
 * @param {() => number} next
 * @param {number} count
 */
export function walkAll(program, next, count) {
  return Array.from({ length: count }, () => {
    const bytes = walk(next);
    try {
      const { value, fuel, memory } = program.call("run", [bytes]);
      return `${value.join()}: ${fuel} fuel, ${memory} bytes`;
    } catch ({ code, kind, message, fuel }) {
      return `${code} ${kind}: ${message}, ${fuel} fuel`;
    }
  });
}
