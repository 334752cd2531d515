// No request leaves where the guest can't be suspended, whatever it catches; tests/worker/glue.test.mjs has the same in workerd.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { bundleOfText } from "./rig.mjs";
import { expected, tries, tryAll } from "./tries.mjs";

const { manifest, modules } = bundleOfText(tries);

test("a guest that catches what it is told sends nothing from a start function, an allocator, a destructor or after its return", async () => {
  const outcomes = await tryAll(new Program(manifest, modules));
  assert.deepEqual(
    outcomes.map((outcome) => outcome.slice(0, 4)),
    [...expected, ...expected],
  );
});

test("each time that it catches costs fuel by the time that it takes, and nothing of a request", async () => {
  const [, [, , , , once], [, , , , often]] = await tryAll(new Program(manifest, modules));
  const each = (often - once) / 99;
  assert.ok(each > 20_000 && each < 20_500, `${each}`);
});
