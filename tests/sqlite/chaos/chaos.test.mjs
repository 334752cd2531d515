// Run alone: node --test tests/sqlite/chaos/chaos.test.mjs (after npm run build:sqlite)
// Tabs crash, freeze, close and lose their workers while all of them write: nothing acknowledged is lost or done twice, and
// every reader sees one moment. A failing seed is played again with: node tests/sqlite/chaos.mjs --seed N --steps M
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./run.mjs";

const STEPS = 1_200;

for (const seed of [11, 2_026, 90_210]) {
  test(`seed ${seed}, ${STEPS} steps`, { timeout: 300_000 }, async (t) => {
    const { wrong, tally, faults, epoch } = await run({ seed, steps: STEPS });
    t.diagnostic(`${JSON.stringify(tally)}, ${JSON.stringify(faults)}, ${epoch} leaders`);
    assert.deepEqual(wrong, [], `again: node tests/sqlite/chaos.mjs --seed ${seed} --steps ${STEPS}`);
    // Else the faults never hit the one tab that matters.
    assert.ok(epoch > 3, `only ${epoch} leaders`);
  });
}
