// Every setting that the Worker reads is in .dev.vars.example, and nothing else is.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { developmentOnly } from "../../scripts/deploy/needs.mjs";
import { root } from "../../scripts/setup/paths.mjs";

const text = (file) => readFileSync(join(root, file), "utf8");
const names = (source, pattern) => [...source.matchAll(pattern)].map(([, name]) => name);

test(".dev.vars.example lists what src/ reads", () => {
  // What is read by a name of its own, so that a deployment can be kept from it.
  const read = new Set(developmentOnly);
  for (const file of globSync("src/**/*.rs", { cwd: root })) {
    // What follows the tests of a file is no setting.
    const [code] = text(file).split("#[cfg(test)]");
    for (const name of names(code, /\b(?:var|required|number|switch|given)\("([A-Z][A-Z_]+)"/g)) read.add(name);
  }
  assert.ok(read.size >= 10, `${[...read]}`);
  const listed = names(text(".dev.vars.example"), /^(?:# )?([A-Z][A-Z_]+)=/gm);
  assert.deepEqual(listed.toSorted(), [...read].toSorted());
});

test("a setting's default is the same in both", () => {
  const settings = text("src/settings.rs");
  for (const [, name, value] of text(".dev.vars.example").matchAll(/^# ([A-Z_]+)="(\d+|on|off)"/gm)) {
    const [, stated] = new RegExp(`/// \`${name}\`: [\\s\\S]*?[Dd]efault (\\w+)`).exec(settings) ?? [];
    assert.equal(stated, value, name);
  }
});
