// The scripts must start under an old Node, to bring the new one: an unknown word there is a syntax error, no message.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { isNewEnough, root } from "../../scripts/setup/paths.mjs";

// esbuild comes with wrangler, which asks for it by itself.
const require = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"));
const { transformSync } = require("esbuild");

const statically = /^import\s+(?:[^"']*?\s+from\s+)?["']([^"']+)["']/gm;

/** A script and all that it imports before set-up has run. */
function bootstrapFiles(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, name] of readFileSync(entry, "utf8").matchAll(statically)) {
    if (name.startsWith(".")) bootstrapFiles(resolve(dirname(entry), name), found);
    else assert.ok(builtinModules.includes(name.replace("node:", "")), `${entry} needs the package ${name}`);
  }
  return found;
}

const folder = join(root, "scripts");
const files = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
const scripts = files.filter((name) => readFileSync(join(folder, name), "utf8").includes("await enter("));

test("every script that package.json names begins with set-up", () => {
  const named = Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
  const ours = named.map((command) => /^node scripts\/(\S+\.mjs)/.exec(String(command))?.[1]).filter(Boolean);
  assert.deepEqual(
    ours.filter((name) => files.includes(name) && !scripts.includes(name)),
    [],
  );
});

for (const script of scripts) {
  test(`${script} uses only what Node 14 reads`, () => {
    for (const file of bootstrapFiles(join(folder, script))) {
      const source = readFileSync(file, "utf8");
      // What esbuild would have to rewrite, or can't, isn't read by that Node.
      const options = /** @type {const} */ ({ loader: "js", format: "esm", charset: "utf8", sourcefile: file });
      const old = transformSync(source, { ...options, target: "node14.18" });
      assert.deepEqual(old.warnings, []);
      const unchanged = transformSync(source, { ...options, target: "esnext" }).code.split("\n");
      const rewritten = unchanged.find((line, i) => line !== old.code.split("\n")[i]);
      assert.equal(rewritten, undefined, `${file}: ${rewritten}`);
    }
  });
}

test("old and new Nodes are told apart", () => {
  for (const old of ["v14.21.3", "16.20.2", "20.20.2", "22.11.0"]) assert.equal(isNewEnough(old), false, old);
  for (const good of ["22.12.0", "v22.20.1", "24.0.0", "26.1.0"]) assert.equal(isNewEnough(good), true, good);
});
