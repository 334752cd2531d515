// The lock file: one live owner, dead ones are replaced.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { tryLock, unlock } from "../../scripts/setup/lock.mjs";

let folder;
let file;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashi-lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a lock that is held names its owner", () => {
  assert.equal(tryLock(file), undefined);
  assert.equal(tryLock(file), process.pid);
  unlock(file);
  assert.equal(existsSync(file), false);
});

test("a dead owner's lock is taken over", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(file, `${pid} 12345`);
  assert.equal(tryLock(file), undefined);
  assert.deepEqual(readdirSync(folder), ["lock"]);
});

test("so is one whose remover died too", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  for (const name of [file, `${file}.removing`]) writeFileSync(name, `${pid} 12345`);
  assert.equal(tryLock(file), undefined);
  assert.deepEqual(readdirSync(folder), ["lock"]);
});

test("a process that only has a dead owner's number does not hold its lock", {
  skip: process.platform !== "linux",
}, () => {
  writeFileSync(file, `${process.ppid} 1`);
  assert.equal(tryLock(file), undefined);
});

test("an unreadable lock is taken over", () => {
  writeFileSync(file, "");
  assert.equal(tryLock(file), undefined);
});

test("another process's lock is not let go of", () => {
  writeFileSync(file, `${process.ppid}`);
  unlock(file);
  assert.ok(existsSync(file));
});

test("of many processes that find a dead lock, exactly one gets it", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(file, `${pid} 12345`);
  const module = new URL("../../scripts/setup/lock.mjs", import.meta.url).href;
  // Each takes the lock if it can, and holds it until all have tried.
  const script = `import { tryLock } from ${JSON.stringify(module)};
    console.log(tryLock(${JSON.stringify(file)}) === undefined ? "mine" : "theirs");
    process.stdin.resume();`;
  const children = Array.from({ length: 8 }, () => spawn(process.execPath, ["--input-type=module", "-e", script]));
  const answers = await Promise.all(
    children.map(
      (child) => new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data).trim()))),
    ),
  );
  for (const child of children) child.stdin.end();
  assert.equal(answers.filter((answer) => answer === "mine").length, 1, answers.join(" "));
});
