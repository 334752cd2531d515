// Run alone: node --test tests/sqlite/logic/logic.test.mjs (after npm run build:sqlite)
// SQL means in a follower's tab what it means in SQLite: files in the format of SQLite's own suite, and random queries whose
// results Node's SQLite gives. Every value goes to another tab's worker and back.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { startSite } from "../../../scripts/site/server.mjs";
import { startChromium } from "../../browser/chromium.mjs";
import { check } from "./check.mjs";
import { startFollower } from "./follower.mjs";
import { generate } from "./generate.mjs";
import { Native } from "./native.mjs";
import { parse } from "./records.mjs";

const files = globSync(join(import.meta.dirname, "files", "*.slt")).sort();
let site;
let browser;
let context;
before(async () => {
  site = await startSite({ folders: ["build/sqlite", "tests/sqlite"] });
  browser = await startChromium();
  context = await browser.newContext();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

/** The first few of what is wrong, or nothing. */
const shown = (wrong) => (wrong.length === 0 ? "" : `${wrong.length} wrong:\n${wrong.slice(0, 5).join("\n\n")}`);

async function throughFollower(name, options, records, transport) {
  const follower = await startFollower(context, site, name, options);
  const { role, transport: way } = await follower.status();
  assert.deepEqual([role, way], ["follower", transport]);
  const wrong = await check(records, follower);
  await follower.close();
  assert.equal(shown(wrong), "");
}

for (const file of files) {
  const name = basename(file);
  test(`${name}, in a follower's tab and in Node's SQLite`, async () => {
    const records = parse(readFileSync(file, "utf8"));
    const native = new Native();
    assert.equal(shown(await check(records, native)), "", "the file itself is wrong");
    native.close();
    await throughFollower(name, {}, records, "port");
  });
}

test("4,000 random records in a follower's tab", { timeout: 240_000 }, async () => {
  await throughFollower("random", {}, await generate(20_261_125, 4_000), "port");
});

test("1,000 random records where tabs talk over a BroadcastChannel", { timeout: 120_000 }, async () => {
  await throughFollower("broadcast", { transport: "broadcast" }, await generate(7, 1_000), "broadcast");
});

test("the check finds a wrong value, a wrong hash, an error and one that is missing", async () => {
  const records = parse(`
hash-threshold 2

statement ok
CREATE TABLE t (a)

statement error
CREATE TABLE u (a)

statement ok
INSERT INTO nowhere VALUES (1)

query I nosort
SELECT 1
----
2

query II nosort
SELECT 1, 2 UNION ALL SELECT 3, 4
----
4 values hashing to 00000000000000000000000000000000

query T nosort
SELECT 1, 2

skipif sqlite
query I nosort
SELECT 1 FROM dual
`);
  const native = new Native();
  const wrong = await check(records, native);
  native.close();
  assert.equal(wrong.length, 5, wrong.join("\n"));
  for (const [at, reason] of [
    /expected an error/,
    /no such table/,
    /expected\n2\ngot\n1/,
    /hashing to/,
    /1 columns, got 2/,
  ].entries())
    assert.match(wrong[at], reason);
});

test("a file with a record of no known kind is refused with its line", () => {
  assert.throws(() => parse("statement ok\nSELECT 1\n\nquerry I\nSELECT 1\n"), /line 4: expected statement, query/);
  assert.throws(() => parse("query X nosort\nSELECT 1\n"), /line 1: query: expected types of T, I and R, got X/);
});
