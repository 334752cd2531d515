// What a build is stamped with changes with whatever changes its result.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { optimiser } from "../../scripts/build/wasm-opt.mjs";
import { root } from "../../scripts/setup/paths.mjs";

test("wasm-opt's stamp names its version and each of its arguments", () => {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", "binaryen", "package.json"), "utf8"));
  for (const options of [{}, { exceptions: false }, { first: ["--strip-debug"] }]) {
    const { flags, command } = optimiser("-O2", options);
    const [, ...args] = command("a.wasm");
    assert.deepEqual([...flags, "a.wasm", "-o", "a.wasm"], [version, ...args]);
  }
  const allowed = (options) => optimiser("-O2", options).flags.includes("--enable-exception-handling");
  assert.deepEqual([allowed({}), allowed({ exceptions: false })], [true, false]);
  assert.equal(optimiser("-Oz", { first: ["--strip-debug"] }).flags[1], "--strip-debug");
});
