// An audit that reaches nobody has found nothing, and says so.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../scripts/setup/paths.mjs";

const empty = mkdtempSync(join(tmpdir(), "hashi-check-"));
after(() => rmSync(empty, { recursive: true, force: true }));

const deadEnd = "http://127.0.0.1:9/";
function check(...args) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [join(root, "scripts", "check", "main.mjs"), ...args], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...env,
      // Neither a database of advisories from before nor a way to get one.
      CARGO_HOME: empty,
      HTTP_PROXY: deadEnd,
      HTTPS_PROXY: deadEnd,
      https_proxy: deadEnd,
      npm_config_registry: deadEnd,
      npm_config_fetch_retries: "0",
      npm_config_audit_registry: deadEnd,
    },
  });
}

test("npm run check -- --audit fails where advisories can't be reached, and names them", { timeout: 150000 }, () => {
  const { status, stdout } = check("--audit", "--only", "advisories");
  assert.match(stdout, /✗ npm advisories .*NOT CHECKED/);
  assert.match(stdout, /✗ npm advisories \(CLI\) .*NOT CHECKED/);
  assert.match(stdout, /✗ Rust advisories .*NOT CHECKED/);
  assert.deepEqual([status, stdout.trimEnd().split("\n").at(-1)], [1, "0 passed, 3 failed"]);
});

test("without --audit it is said, and decides nothing", { timeout: 150000 }, () => {
  const { stdout } = check("--only", "npm advisories");
  assert.match(stdout, /! npm advisories .*NOT CHECKED/);
  assert.match(stdout, /\n0 passed, 0 failed\n$/);
});
