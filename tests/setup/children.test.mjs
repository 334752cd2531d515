// No process is left behind, however the script that started it ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, test } from "node:test";
import { Children } from "../../scripts/process/children.mjs";
import { groupIsAlive } from "../../scripts/process/group.mjs";

const open = [];
afterEach(() => {
  for (const child of open.splice(0)) child.kill("SIGKILL");
});

/** Starts the fixture: a script with children of its own, the first of which has a child too. */
async function parent(...args) {
  const script = spawn(process.execPath, [join(import.meta.dirname, "fixtures", "parent.mjs"), ...args]);
  open.push(script);
  const lines = createInterface({ input: script.stdout });
  const groups = [];
  for await (const line of lines) {
    if (line === "ready") break;
    groups.push(Number(line));
  }
  assert.equal(groups.length, 2);
  for (const group of groups) assert.ok(groupIsAlive(group), "the fixture's children run");
  return { script, groups };
}

/** Waits until all of the groups are gone; fails if they aren't within 30 s. */
async function allGone(groups) {
  const limit = Date.now() + 30000;
  while (groups.some(groupIsAlive)) {
    assert.ok(Date.now() < limit, "processes are left");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGKILL"])) {
  test(`after ${signal} nothing is left, not even what ignores SIGTERM`, async () => {
    const { script, groups } = await parent("stubborn");
    script.kill(signal);
    await once(script, "exit");
    await allGone(groups);
  });
}

test("when one child dies, the others are ended and the script says which and fails", async () => {
  const { script, groups } = await parent();
  let said = "";
  script.stderr.on("data", (data) => (said += data));
  process.kill(groups[1], "SIGKILL");
  const [code] = await once(script, "exit");
  assert.equal(code, 1);
  assert.match(said, /second was ended by SIGKILL/);
  await allGone(groups);
});

test("a command that takes too long is ended with what it started", async () => {
  const children = new Children();
  const ended = await children.run("test-too-long", "sh", ["-c", "sleep 100 & echo $$; wait"], { limit: 300 });
  await children.stop();
  assert.notEqual(ended.code, 0);
  assert.match(ended.how, /took longer/);
});

test("a command that leaves a process behind ends all the same, and so does the process", async () => {
  const children = new Children();
  let group = 0;
  const onLine = (line) => {
    group = Number(line);
  };
  const ended = await children.run("test-left-behind", "sh", ["-c", "sleep 100 & echo $$"], { onLine });
  await children.stop();
  assert.equal(ended.code, 0);
  assert.ok(group > 0);
  await allGone([group]);
});
