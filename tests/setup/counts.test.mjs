// What `npm test` says it ran is what ran.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { countTests, failedTests, pageWasSilent } from "../../scripts/test/counts.mjs";

test("node's own summary is read, failures and skips included", () => {
  const folder = mkdtempSync(join(tmpdir(), "hashi-counts-"));
  const file = join(folder, "some.test.mjs");
  writeFileSync(
    file,
    `import { test } from "node:test";
    test("a", () => {}); test("b", () => {}); test.skip("c"); test("d", () => { throw new Error("no"); });`,
  );
  // NODE_TEST_CONTEXT would make the inner run speak to this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  for (const reporter of ["spec", "tap"]) {
    const run = spawnSync(process.execPath, ["--test", `--test-reporter=${reporter}`, file], { env, encoding: "utf8" });
    const { passed, failed, skipped } = countTests("node", run.stdout, run.status);
    assert.deepEqual({ passed, failed, skipped }, { passed: 2, failed: 1, skipped: 1 }, reporter);
    assert.deepEqual(failedTests("node", run.stdout), ["d"], reporter);
  }
  rmSync(folder, { recursive: true });
});

test("cargo's binaries are added up", () => {
  const text = `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`;
  assert.deepEqual(countTests("cargo", text, 101), { passed: 5, failed: 4, skipped: 1, note: "" });
});

test("the tests that failed are named", () => {
  assert.deepEqual(
    failedTests("cargo", "test a::b ... ok\ntest a::c ... FAILED\ntest a::d - should panic ... FAILED\n"),
    ["a::c", "a::d - should panic"],
  );
  assert.deepEqual(
    failedTests("closing", "  ✓ one (here)   0.1 s\n  ✗ two (there)   exited with 1 (2 s)\n1 passed, 1 failed\n"),
    ["two (there)"],
  );
  assert.deepEqual(failedTests("exit", "anything"), []);
});

test("a compile error is a failure, though no test failed", () => {
  const counts = countTests("cargo", "test result: ok. 3 passed; 0 failed; 0 ignored", 101);
  assert.equal(counts.failed, 1);
  assert.match(counts.note, /outside its tests/);
});

for (const kind of /** @type {const} */ (["node", "cargo", "closing"])) {
  test(`no test at all is a failure (${kind})`, () => {
    assert.deepEqual(countTests(kind, "", 0), { passed: 0, failed: 1, skipped: 0, note: "it ran no test" });
  });
}

test("a script's closing line counts only where it stands alone, and the last one does", () => {
  assert.equal(
    countTests("closing", "1 passed, 0 failed\nsaid: 9 passed, 9 failed\n7 passed, 0 failed\n", 0).passed,
    7,
  );
});

test("a page that said nothing of any test is told from one that stopped in the middle of them", () => {
  const before =
    "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored\n\nrunning 14 tests\n";
  const gaveUp = "Failed to detect test as having been run. It might have timed out.\n";
  assert.equal(pageWasSilent(`${before}${gaveUp}`), true);
  assert.equal(pageWasSilent(`${before}test b ... ok\n${gaveUp}`), false);
  assert.equal(pageWasSilent(`${before}test b ... FAILED\n`), false);
});
