// Every command of the README's tour is run against the real thing, and must print what the README says.
// `node tests/docs/readme.test.mjs --write` puts the real output into the README.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../worker/harness.mjs";
import { startBoth } from "../worker/product/product.mjs";
import { consoleBlocks, steady } from "./console.mjs";

const page = join(root, "README.md");
const markdown = readFileSync(page, "utf8");
const tour = consoleBlocks(markdown).filter(({ command }) => command.startsWith("curl "));

async function output(command, url) {
  const { stdout } = await promisify(execFile)("sh", ["-c", command.replaceAll("localhost:8787", new URL(url).host)]);
  const text = steady(stdout.replaceAll("\r\n", "\n"));
  return text.endsWith("\n") ? text : `${text}\n`;
}

if (process.argv.includes("--write")) {
  const both = await startBoth();
  let written = markdown;
  for (const { command, start, end } of tour.toReversed())
    written = written.slice(0, start) + (await output(command, both.worker.url)) + written.slice(end);
  writeFileSync(page, written);
  await both.stop();
} else {
  let both;
  before(async () => {
    both = await startBoth();
  });
  after(() => both?.stop());

  test("the tour has commands", () => assert.ok(tour.length >= 6, `${tour.length}`));

  for (const { command, output: wanted } of tour)
    test(command, async () => assert.equal(await output(command, both.worker.url), wanted));

  test("every npm script that the pages name exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const name of ["README.md", "CONTRIBUTING.md"]) {
      const text = readFileSync(join(root, name), "utf8");
      for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g))
        assert.ok(scripts[script], `${name}: npm run ${script}`);
    }
  });

  test("every file that the pages link to exists", () => {
    for (const name of ["README.md", "CONTRIBUTING.md"]) {
      const text = readFileSync(join(root, name), "utf8");
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
        assert.doesNotThrow(() => readFileSync(join(root, target)), `${name}: ${target}`);
    }
  });
}
