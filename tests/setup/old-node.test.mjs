// The scripts must start under an old Node, to bring the new one: an unknown word there is a syntax error, no message.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { isNewEnough, root, tools } from "../../scripts/setup/paths.mjs";

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
const scripts = files.filter((name) => readFileSync(join(folder, name), "utf8").match(/^ *enter\(/m));

test("every script that package.json names begins with set-up", () => {
  const named = Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
  const ours = named.map((command) => /^node scripts\/(\S+\.mjs)/.exec(String(command))?.[1]).filter(Boolean);
  assert.deepEqual(
    ours.filter((name) => files.includes(name) && !scripts.includes(name)),
    [],
  );
});

for (const script of scripts) {
  test(`${script} uses only what Node 12.22 reads`, () => {
    for (const file of bootstrapFiles(join(folder, script))) {
      const source = readFileSync(file, "utf8");
      // What esbuild would have to rewrite, or can't, isn't read by that Node.
      const options = /** @type {const} */ ({ loader: "js", format: "esm", charset: "utf8", sourcefile: file });
      const old = transformSync(source, { ...options, target: "node12.22" });
      assert.deepEqual(old.warnings, []);
      const unchanged = transformSync(source, { ...options, target: "esnext" }).code.split("\n");
      const rewritten = unchanged.find((line, i) => line !== old.code.split("\n")[i]);
      assert.equal(rewritten, undefined, `${file}: ${rewritten}`);
    }
  });
}

/** Debian 11's and Ubuntu 22.04's Node, from the registry once; undefined where the registry has none for this machine. */
function oldNode() {
  const folder = join(tools, "node-12");
  const program = join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (!existsSync(program)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const args = ["install", "--prefix", partial, "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"];
    const { status } = spawnSync("npm", [...args, `node-${process.platform}-${process.arch}@12.22`], { cwd: partial });
    if (status !== 0) return undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  }
  return program;
}

test("a real Node 12 brings the project's own and goes on under it", { timeout: 300000 }, (context) => {
  const program = oldNode();
  if (!program) return context.skip("the registry has no Node 12 for this machine: NOT CHECKED");
  assert.match(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout, /^v12\.22\./);
  const run = (...args) => spawnSync(program, args.map(String), { cwd: root, encoding: "utf8" });
  const smoke = run(join(folder, "smoke.mjs"));
  assert.deepEqual(
    [smoke.status, smoke.stderr.split("\n")[0]],
    [2, "--url is missing: which deployment?"],
    smoke.stderr,
  );
  const start = run(join(folder, "start.mjs"), "--help");
  assert.deepEqual([start.status, start.stdout.split("\n")[0]], [0, "npm start -- [options]"], start.stderr);
});

test("old and new Nodes are told apart", () => {
  for (const old of ["v12.22.12", "v14.21.3", "16.20.2", "20.20.2", "22.11.0"])
    assert.equal(isNewEnough(old), false, old);
  for (const good of ["22.12.0", "v22.20.1", "24.0.0", "26.1.0"]) assert.equal(isNewEnough(good), true, good);
});
