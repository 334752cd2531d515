// Run alone: node --test tests/bench/sqlite.test.mjs (the browser database is built here)
// The browser databases' benchmark works, its contenders agree and are equally durable. Never how fast anything is.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contenders } from "../../bench/sqlite/contenders.mjs";
import { MEASURES } from "../../bench/sqlite/page/measures.mjs";
import { disagreements, unequal } from "../../bench/sqlite/run.mjs";
import { ratio } from "../../bench/sqlite/table.mjs";
import { root, toolEnv } from "../../scripts/setup/paths.mjs";

function run(args) {
  const child = spawn(process.execPath, ["scripts/bench.mjs", ...args], { cwd: root, env: toolEnv() });
  let said = "";
  let failed = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (failed += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said, failed })));
}

test("a quick run measures every contender and writes its figures", { timeout: 600_000 }, async () => {
  const { code, said, failed } = await run(["--quick", "--only", "sqlite"]);
  assert.equal(code, 0, failed + said);
  const file = /all figures: (\S+\.json)/.exec(said)?.[1];
  assert.ok(file, said);
  const result = JSON.parse(readFileSync(join(root, file), "utf8"));
  rmSync(join(root, file));
  assert.deepEqual(result.failures, {});
  const [round] = result.rounds;
  assert.deepEqual(Object.keys(round).sort(), contenders.map(({ name }) => name).sort());
  for (const [name, { times, durability }] of Object.entries(round)) {
    for (const measure of ["open", ...MEASURES.map((each) => each.name)]) {
      // Turso has no FTS5.
      if (name === "Turso" && measure === "search") assert.equal(times[measure], null);
      else assert.ok(times[measure] > 0, `${name}, ${measure}: ${times[measure]}`);
    }
    assert.equal(durability.journal_mode, "wal", name);
  }
  assert.ok(result.own.round.follower > 0 && result.own.round.leader > 0);
  assert.equal(result.memory.length, 2);
  assert.ok(result.own.handOver.every((time) => time > 0));
  assert.equal(result.verdicts.length, 5);
});

const seen = (results, durability = {}) => ({
  results,
  times: { points: 1 },
  durability: { journal_mode: "wal", synchronous: 2, locking_mode: "exclusive", ...durability },
});

test("a contender that finds something else, or forgets sooner, is named", () => {
  const round = new Map([
    ["a", seen({ points: 1, rows: 5 })],
    ["b", seen({ points: 2, rows: 5 }, { synchronous: 1 })],
    ["c", seen({ rows: 5 }, { journal_mode: "delete" })],
  ]);
  assert.deepEqual(disagreements(round), ["points: b found 2, a 1"]);
  const named = [{ name: "a" }, { name: "b" }, { name: "c", settles: "it has its reasons" }];
  assert.deepEqual(unequal(round, named), ["b: synchronous is 1, expected 2"]);
});

test("a ratio is the median of the rounds' own", () => {
  const round = (ours, theirs) =>
    new Map([
      ["ours", { times: { points: ours } }],
      ["theirs", { times: { points: theirs } }],
    ]);
  assert.equal(ratio([round(1, 2), round(30, 20), round(1, 1)], "points", "ours", "theirs"), 1);
  assert.equal(ratio([new Map()], "points", "ours", "theirs"), undefined);
});
