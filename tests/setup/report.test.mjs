// A step's line says how it ended, and its caller hears the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../scripts/setup/report.mjs";

test("a step gives what its work gives, and fails as it fails", async () => {
  let printed = "";
  const report = new Report(/** @type {any} */ ({ write: (text) => (printed += text) }));
  assert.equal(await report.step("good", async () => 7), 7);
  await assert.rejects(
    report.step("bad", async () => {
      throw new Error("deep trouble");
    }),
    /deep trouble/,
  );
  assert.match(printed, /^ {2}✓ good .*\n {2}✗ bad .*\n$/);
});
