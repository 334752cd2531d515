// Nothing is free: whatever kind of work a guest does for ever, it runs out of fuel, and no kind is more than 20 times dearer in time per
// fuel than another.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cacheMisses, kinds, startFunction } from "./kinds.mjs";
import { arm, ended, start } from "./metered.mjs";
import { meter } from "./rig.mjs";

const MOST = 20;
// What is never called by way of `WebAssembly.promising` can't wait: V8 throws, on nobody's behalf.
const imports = { env: { nothing() {}, suspending: new WebAssembly.Suspending(() => forgotten) } };
const forgotten = Promise.resolve();
const folder = mkdtempSync(join(tmpdir(), "hashi-kinds-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const texts = { ...kinds, "cache misses": cacheMisses, "a start function": startFunction };
const files = Object.entries(texts).map(([name, text]) => {
  const file = join(folder, `${name}.wat`);
  writeFileSync(file, text);
  return file;
});
const modules = meter(...files);
const nanoseconds = new Map();
/** How often the kind that is dearest may be measured again, all kinds together: what else the machine does can last for all of a measurement. */
const AGAIN = 10;

/** The least time per unit of fuel over some runs: other work on the machine can only add to it. */
function measure({ instance, state }) {
  const once = (fuel) => {
    arm(state, { fuel, pages: 10 });
    const begun = process.hrtime.bigint();
    assert.throws(() => instance.exports.run(), WebAssembly.RuntimeError);
    const took = Number(process.hrtime.bigint() - begun);
    assert.equal(ended(state), "fuel");
    return took;
  };
  let fuel = 100_000n;
  // Long enough for V8 to have optimised it, and for each run to be longer than the clock is coarse.
  const until = Date.now() + 250;
  while (Date.now() < until) if (once(fuel) < 1e6 && fuel < 2_000_000_000n) fuel *= 2n;
  return Math.min(...Array.from({ length: 12 }, () => once(fuel))) / Number(fuel);
}

for (const name of Object.keys(kinds)) {
  test(`${name}: runs out of fuel`, () => {
    assert.equal(modules[name].refusal, undefined);
    nanoseconds.set(name, measure(start(modules[name].owner, imports)));
  });
}

test("a start function runs out of fuel", () => {
  const instance = new WebAssembly.Instance(modules["a start function"].owner);
  const fuel = instance.exports["hashi:fuel"];
  fuel.value = 1_000_000n;
  instance.exports["hashi:stack"].value = 40_000;
  assert.throws(() => instance.exports["hashi:start"](), WebAssembly.RuntimeError);
  assert.ok(fuel.value < 0n);
});

/** The cheapest and the dearest kind, each with its nanoseconds per unit of fuel. */
function extremes() {
  const sorted = [...nanoseconds].sort(([, a], [, b]) => a - b);
  return [sorted[0], sorted.at(-1)];
}

test("time per fuel differs by at most 20 times", () => {
  let [[cheap, least], [dear, most]] = extremes();
  for (let left = AGAIN; left > 0 && most / least > MOST; left--) {
    nanoseconds.set(dear, Math.min(most, measure(start(modules[dear].owner, imports))));
    [[cheap, least], [dear, most]] = extremes();
  }
  console.log(
    `${least.toFixed(3)} ns per unit for ${cheap}, ${most.toFixed(3)} for ${dear}: ${(most / least).toFixed(1)} times`,
  );
  assert.ok(most / least <= MOST, `${dear} takes ${(most / least).toFixed(1)} times as long per fuel as ${cheap}`);
});

test("reads that miss every cache run out of fuel too", () => {
  const time = measure(start(modules["cache misses"].owner));
  console.log(`${time.toFixed(3)} ns per unit for reads that miss every cache: not bounded by the schedule`);
});
