// Thousands of random modules do the same metered and unmetered: results, traps, exceptions, memories, globals, tables and the calls that they
// make of imports, with their arguments. And fuel is what it is said to be: never given back, the same each time, and enough exactly
// when the limit is what the work costs.
// One seed alone: METERING_SEED=17 node --test tests/guest/metering/differential.test.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { play } from "./play.mjs";
import { rig } from "./rig.mjs";

const COUNT = 5_000;
const CHUNK = 500;
const alone = process.env.METERING_SEED;
const chunks = alone
  ? [[Number(alone), 1]]
  : Array.from({ length: COUNT / CHUNK }, (_, index) => [1 + index * CHUNK, CHUNK]);
const totals = { modules: 0, calls: 0, completed: 0, overflowed: 0, failedToStart: 0, limited: 0 };

const compile = (file) => new WebAssembly.Module(readFileSync(file));

/** Whether V8's own stack was too small: where it ends, depends on what V8 had compiled by then, and can change from one run to the next. */
const overflowed = ({ outcomes }) => outcomes.includes("stack");

function check(folder, plan) {
  const load = (kind) => compile(join(folder, `${plan.seed}.${kind}.wasm`));
  const [environment, driver] = [load("environment"), load("driver")];
  const run = (guest, kind, fuel) => play({ environment, guest, driver }, plan, { kind, fuel });
  const plain = run(load("plain"), "plain");
  const [owner, sharer] = [load("owner"), load("sharer")];
  const metered = run(owner, "owner");
  const shared = run(sharer, "sharer");
  if ([plain, metered, shared].some(overflowed)) {
    totals.overflowed += 1;
    return;
  }
  assert.deepEqual(metered.outcomes, plain.outcomes, "metered, with a state of its own");
  assert.deepEqual(shared.outcomes, plain.outcomes, "metered, with a shared state");
  totals.modules += 1;
  totals.calls += plain.outcomes.length - 1;
  totals.completed += plain.outcomes.filter((outcome) => /^[0-9a-f]+$/.test(outcome)).length - 1;
  if (plain.outcomes[0] !== "started") {
    totals.failedToStart += 1;
    return;
  }
  for (const [kind, module, first] of [
    ["owner", owner, metered],
    ["sharer", sharer, shared],
  ]) {
    const { used } = first;
    used.forEach((fuel, at) => {
      assert.ok(fuel >= (used[at - 1] ?? 0), `${kind}: fuel came back: ${used}`);
    });
    const exact = BigInt(used.at(-1));
    const again = run(module, kind, exact);
    if (overflowed(again)) continue;
    assert.deepEqual(again.outcomes, plain.outcomes, `${kind}: with exactly the fuel that it needs`);
    assert.deepEqual(again.used, used, `${kind}: the fuel is not the same again`);
    assert.equal(again.left, 0);
    if (exact === 0n) continue;
    const short = run(module, kind, exact - 1n);
    if (overflowed(short)) continue;
    assert.equal(short.outcomes.at(-1), "out of fuel", `${kind}: one unit less than it needs was enough`);
    assert.ok(short.left < 0);
    assert.deepEqual(short.outcomes.slice(0, -1), plain.outcomes.slice(0, short.outcomes.length - 1));
    totals.limited += 1;
  }
}

for (const [first, count] of chunks) {
  test(`seeds ${first} to ${first + count - 1}`, () => {
    const folder = rig("smith", `${first}`, `${count}`);
    const wrong = [];
    for (const plan of JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"))) {
      try {
        check(folder, plan);
      } catch (error) {
        wrong.push(`seed ${plan.seed}: ${error.message}`);
      }
    }
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} wrong`);
  });
}

test("the modules did enough to tell a difference", { skip: alone && "one seed alone" }, () => {
  console.log(JSON.stringify(totals));
  assert.ok(totals.modules > COUNT * 0.9, "almost all could be compared");
  assert.ok(totals.completed > COUNT, "many calls came to their end");
  assert.ok(totals.calls - totals.completed > COUNT / 10, "some trapped");
  assert.ok(totals.limited > COUNT, "most ran with limits");
});
