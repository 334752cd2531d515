// What npm itself has installed is taken as it is, and nothing removes the folder that wrangler runs from.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SetupError } from "../../scripts/setup/exec.mjs";
import { packagesIn } from "../../scripts/setup/steps/packages.mjs";

const home = mkdtempSync(join(tmpdir(), "hashi-packages-"));
after(() => rmSync(home, { recursive: true, force: true }));

const entry = (version, more) => ({ version, integrity: `sha512-${version}`, ...more });
const here = { os: [process.platform], cpu: [process.arch], optional: true };
const wanted = {
  "": { name: "hashi" },
  "node_modules/a": entry("1.0.0"),
  "node_modules/a-here": entry("1.0.0", here),
  "node_modules/a-elsewhere": entry("1.0.0", { ...here, cpu: ["z80"] }),
  "node_modules/a-elsewhere/node_modules/its-own": entry("1.0.0", { optional: true }),
};
const {
  "": _,
  "node_modules/a-elsewhere": __,
  "node_modules/a-elsewhere/node_modules/its-own": ___,
  ...installed
} = wanted;
const write = (file, packages) => writeFileSync(join(home, file), JSON.stringify({ packages }));
mkdirSync(join(home, "node_modules"));
write("package-lock.json", wanted);

test("a plain npm ci is a finished step", () => {
  write("node_modules/.package-lock.json", installed);
  for (const keep of [true, false]) assert.equal(packagesIn(home, keep).done(), true);
});

for (const [what, packages] of Object.entries({
  "a package that is missing": { "node_modules/a-here": installed["node_modules/a-here"] },
  "a program for this machine that is missing": { "node_modules/a": installed["node_modules/a"] },
  "another version": { ...installed, "node_modules/a": entry("1.0.1") },
  "other bytes": { ...installed, "node_modules/a": { ...entry("1.0.0"), integrity: "sha512-x" } },
})) {
  test(`${what} is no finished step, and the build says what to do rather than remove anything`, async () => {
    write("node_modules/.package-lock.json", packages);
    const step = packagesIn(home, true);
    assert.equal(step.done(), false);
    const context = { progress() {}, run: () => assert.fail("nothing is installed") };
    await assert.rejects(step.run(context), (error) => error instanceof SetupError && /npm ci/.test(error.remedy));
    assert.ok(existsSync(join(home, "node_modules", ".package-lock.json")));
  });
}
