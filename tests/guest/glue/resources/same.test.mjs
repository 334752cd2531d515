// The same component, the same walks with resources, through our glue and through what js-component-bindgen generates: the same numbers, handles among
// them, and an end where the other ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../../js/guest/index.js";
import { bundleOf, fileOfText, otherOf } from "../rig.mjs";
import { random } from "../values.mjs";
import { steps } from "./steps.mjs";
import { composed } from "./texts.mjs";
import { borrowing, owning, walk, walkAll } from "./walk.mjs";

const file = fileOfText(composed);
const { manifest, modules } = bundleOf(file);
const other = await otherOf(file);

const outcome = (call) => {
  try {
    return [...call()].join();
  } catch {
    return "trap";
  }
};

// Theirs takes a part that has once owned a resource for the one that defines its type, and lends it the representation from then on. So the
// borrower either borrows or owns here; what does both is in the tests below.
test("walks with resources give the same numbers in both", () => {
  const program = new Program(manifest, modules);
  const next = random(41);
  const done = { returned: 0, trapped: 0 };
  const seen = new Set();
  for (let round = 0; round < 1500; round++) {
    const bytes = walk(next, round % 2 === 0 ? owning : borrowing);
    const mine = outcome(() => program.call("run", [bytes]).value);
    // One that trapped may be in any state: a new instance for each.
    const theirs = outcome(() => other().run(bytes));
    const told = Array.from(
      { length: bytes.length / 3 },
      (_, i) => `${steps[bytes[3 * i]]} ${bytes[3 * i + 1]} ${bytes[3 * i + 2]}`,
    );
    assert.equal(mine, theirs, told.join("; "));
    done[mine === "trap" ? "trapped" : "returned"] += 1;
    for (let i = 0; i < bytes.length; i += 3) seen.add(bytes[i]);
  }
  assert.equal(seen.size, steps.length, "every kind of step was taken");
  assert.ok(done.returned > 700 && done.trapped > 100, JSON.stringify(done));
});

test("fresh and restored instances give the same for the same fuel", () => {
  const restored = walkAll(new Program(manifest, modules), random(42), 300);
  const fresh = walkAll(new Program(manifest, modules, { keep: 0 }), random(42), 300);
  assert.deepEqual(restored, fresh);
});

test("with every core module kept, walks give the same", () => {
  const whole = bundleOf(file, "--every-module");
  const walks = (bundle) => walkAll(new Program(bundle.manifest, bundle.modules), random(43), 100);
  assert.deepEqual(walks(whole), walks({ manifest, modules }));
});
