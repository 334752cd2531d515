// Fuel is the same on every host: random modules, kernels and the guests give the same results for the same fuel in Node, workerd and Chromium.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { buildKernels } from "../../../bench/metering/kernels.mjs";
import { guests } from "../guests.mjs";
import { chromium, node, workerd } from "./hosts.mjs";
import { rig } from "../metering/rig.mjs";

const FIRST = 100_000;
const COUNT = 150;

let folder;
let plan;
let expected;
before(async () => {
  const sources = mkdtempSync(join(tmpdir(), "hashi-sources-"));
  for (const [name, file] of Object.entries({ ...(await guests()), kernels: await buildKernels() })) {
    copyFileSync(file, join(sources, `${name}.wasm`));
  }
  const bundles = rig("prepare", ...readdirSync(sources).map((file) => join(sources, file)));
  rmSync(sources, { recursive: true, force: true });
  folder = rig("smith", `${FIRST}`, `${COUNT}`);
  plan = { cases: JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")), bundles: {} };
  for (const file of readdirSync(bundles)) {
    if (file.endsWith(".json"))
      plan.bundles[basename(file, ".json")] = JSON.parse(readFileSync(join(bundles, file), "utf8"));
    else copyFileSync(join(bundles, file), join(folder, file));
  }
  expected = await node(folder, plan);
});

test("Node does the work, and the same again for the same fuel", async () => {
  assert.equal(Object.keys(plan.bundles).length, 7, `${Object.keys(plan.bundles)}`);
  assert.match(expected.kernels["fib(21)"][0], /^10946, \d+ fuel/);
  assert.match(expected["hello-world"]["handle()"][0], /^\{"status":200.* \d+ fuel/);
  assert.match(expected.misbehave["loop-forever()"][0], /^fuel_exhausted/);
  // Restored instances cost what fresh ones do.
  const calls = Object.keys(plan.bundles).flatMap((name) => Object.entries(expected[name]));
  for (const [call, [first, second]] of calls) assert.equal(second, first, call);
  assert.deepEqual(await node(folder, plan), expected);
});

for (const [name, host] of Object.entries({ workerd, chromium })) {
  test(`${name} gives the same results for the same fuel as Node`, { timeout: 300_000 }, async () => {
    const got = await host(folder, plan);
    const wrong = Object.keys(expected).filter((key) => JSON.stringify(got[key]) !== JSON.stringify(expected[key]));
    for (const key of wrong.slice(0, 3)) assert.deepEqual(got[key], expected[key], key);
    assert.equal(wrong.length, 0);
    assert.equal(Object.keys(got).length, 2 * COUNT + 7);
  });
}
