// The step runner: idempotence, resuming, failures with their remedy, one set-up at a time.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { SetupError } from "../../scripts/setup/exec.mjs";
import { Report } from "../../scripts/setup/report.mjs";
import { runSteps } from "../../scripts/setup/runner.mjs";

let folder;
let options;
let printed;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashi-setup-"));
  printed = "";
  const out = /** @type {any} */ ({ write: (text) => (printed += text) });
  options = { report: new Report(out, 50), lockFile: join(folder, "lock") };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A step that is done once its file exists, and counts its runs. */
function fileStep(name, run) {
  const file = join(folder, name);
  const step = { name, runs: 0, done: () => existsSync(file), run: undefined, remedy: `make ${name} yourself` };
  step.run = async (context) => {
    step.runs += 1;
    await run?.(context);
    writeFileSync(file, "made");
  };
  return step;
}

test("a second set-up does nothing", async () => {
  const step = fileStep("a");
  await runSteps([step], options);
  await runSteps([step], options);
  assert.equal(step.runs, 1);
  assert.match(printed, /nothing to do \(1 steps checked/);
});

test("only what is missing runs, and in order", async () => {
  const order = [];
  const steps = ["a", "b", "c"].map((name) => fileStep(name, () => order.push(name)));
  writeFileSync(join(folder, "b"), "there");
  await runSteps(steps, options);
  assert.deepEqual(order, ["a", "c"]);
});

test("a step that fails names what went wrong, its output and the remedy, and the next is not tried", async () => {
  const log = "test-a-step-that-fails";
  const bad = fileStep("bad", ({ run }) => run("sh", ["-c", "echo deep trouble; exit 3"], { log }));
  const next = fileStep("next");
  await assert.rejects(runSteps([bad, next], options), (error) => error instanceof SetupError);
  assert.equal(next.runs, 0);
  assert.match(printed, /✗ bad/);
  assert.match(printed, /│ deep trouble/);
  assert.match(printed, /What went wrong: sh -c exited with 3/);
  assert.match(printed, /What to do: make bad yourself/);
  assert.match(printed, /The whole output is in .*test-a-step-that-fails\.log/);
});

test("a missing program is named", async () => {
  const step = fileStep("tool", ({ run }) => run("no-such-program-anywhere", [], { log: "test-missing-program" }));
  await assert.rejects(runSteps([step], options));
  assert.match(printed, /What went wrong: no-such-program-anywhere is not installed/);
});

test("after a failure the next set-up goes on where the last one stopped", async () => {
  const first = fileStep("first");
  let broken = true;
  const second = fileStep("second", () => {
    if (broken) throw new SetupError("no network");
  });
  await assert.rejects(runSteps([first, second], options));
  broken = false;
  await runSteps([first, second], options);
  assert.equal(first.runs, 1);
  assert.equal(second.runs, 2);
});

test("an optional step that fails is told, and the next is run", async () => {
  const bad = Object.assign(
    fileStep("browser", () => {
      throw new SetupError("no apt here");
    }),
    { optional: true },
  );
  const next = fileStep("next");
  await runSteps([bad, next], options);
  assert.equal(next.runs, 1);
  assert.match(printed, /✗ browser[\s\S]*What went wrong: no apt here[\s\S]*✓ next/);
});

test("a step that ran without bringing what it should is a failure", async () => {
  const step = { name: "empty", done: () => false, run: async () => {}, remedy: "look" };
  await assert.rejects(runSteps([step], options), /isn't there/);
});

test("a long step shows a heartbeat with what it is doing where there is no terminal", async () => {
  const step = fileStep("long", async ({ progress }) => {
    progress("3/80 serde");
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  await runSteps([step], options);
  assert.match(printed, /… long: 0\.\d s, 3\/80 serde/);
});

/** Starts the fixture that sets up slowly in `folder`; resolves once its step is at work. */
async function slowSetup() {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures", "slow-setup.mjs"), folder]);
  const limit = Date.now() + 30000;
  while (!existsSync(join(folder, "started"))) {
    if (Date.now() > limit) throw new Error("the fixture did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

const ended = (child) => new Promise((resolve) => child.once("exit", resolve));

test("the lock of a set-up that was killed is taken over, and its half-written install is not believed", async () => {
  const child = await slowSetup();
  assert.ok(existsSync(options.lockFile));
  child.kill("SIGKILL");
  await ended(child);
  assert.ok(existsSync(options.lockFile), "kill -9 leaves the lock behind");
  assert.ok(existsSync(join(folder, "tool.partial")), "and what was half written");
  const step = fileStep("tool");
  await runSteps([step], options);
  assert.equal(step.runs, 1);
  assert.ok(!existsSync(options.lockFile));
});

test("two set-ups at once: the second waits, and then finds it done", async () => {
  const child = await slowSetup();
  const step = fileStep("tool");
  const second = runSteps([step], options);
  writeFileSync(join(folder, "go"), "");
  await Promise.all([second, ended(child)]);
  assert.match(printed, new RegExp(`another set-up \\(process ${child.pid}\\) is running`));
  assert.equal(step.runs, 0);
  assert.equal(readFileSync(join(folder, "tool"), "utf8"), "by the first");
});

test("Ctrl-C ends the step's command and lets go of the lock", async () => {
  const child = await slowSetup();
  const command = Number(readFileSync(join(folder, "started"), "utf8"));
  child.kill("SIGINT");
  assert.equal(await ended(child), 130);
  assert.ok(!existsSync(options.lockFile));
  await assert.doesNotReject(gone(command), "the step's command still runs");
});

/** Resolves once a process has ended. */
async function gone(pid) {
  for (let i = 0; i < 100; i += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`process ${pid} lives`);
}
