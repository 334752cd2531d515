// Metering leaves the meaning of modules as it is: every file of the WebAssembly core test suite gives the same results, traps and
// exceptions metered and unmetered in V8, and those that the suite wants.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rig } from "./rig.mjs";
import { replay } from "./script.mjs";
import { outdated, skips } from "./skips.mjs";

const folder = rig("suite");
const totals = { checked: 0, refused: 0 };

for (const file of readdirSync(folder).sort()) {
  const name = file.slice(0, -".json".length);
  test(name, { skip: outdated[name] }, () => {
    const { checked, refused, skipped, wrong } = replay(JSON.parse(readFileSync(join(folder, file), "utf8")));
    assert.deepEqual(wrong, []);
    assert.deepEqual(skipped, skips[name] ?? {}, "what is skipped, and why, is listed in skips.mjs");
    totals.checked += checked;
    totals.refused += refused;
  });
}

test("the suite was there", () => {
  console.log(`checked ${totals.checked} assertions metered and unmetered, ${totals.refused} invalid modules refused`);
  assert.ok(totals.checked > 50_000, `only ${totals.checked} assertions were checked`);
  assert.ok(totals.refused > 3_000, `only ${totals.refused} invalid modules were refused`);
});
