// The step runner. A step is
//   { name, done(): boolean | string | Promise<…>, run(context): Promise<void>, remedy }
// `done` is cheap and needs no network; a string is a note on why nothing is to do. `run` makes it true; what it leaves
// behind when it is interrupted must not make `done` true (work under a temporary name, rename at the end). Where
// `optional` is true a failure is told, and set-up goes on.
import { join } from "node:path";
import { run, SetupError, stopRunning, tail } from "./exec.mjs";
import { lock, unlock } from "./lock.mjs";
import { tools } from "./paths.mjs";
import { Report, seconds } from "./report.mjs";

/** Runs what is not done yet, in order. Throws the SetupError of the first step that fails, after printing it. */
export async function runSteps(steps, options = {}) {
  const report = options.report || new Report();
  const lockFile = options.lockFile || join(tools, "setup.lock");
  const began = Date.now();
  const open = [];
  for (const step of steps) if (!(await step.done())) open.push(step);
  if (open.length === 0) {
    if (!options.quiet)
      report.line(`set-up: nothing to do (${steps.length} steps checked in ${seconds(Date.now() - began)})`);
    return;
  }
  report.line(`set-up: ${open.length} of ${steps.length} steps to do`);
  await lock(lockFile, (pid) => report.line(`  … another set-up (process ${pid}) is running; waiting for it`));
  const release = stopOnSignal(lockFile);
  try {
    for (const step of steps) await runStep(step, report);
  } finally {
    release();
    unlock(lockFile);
  }
  report.line(`set-up: done in ${seconds(Date.now() - began)}`);
}

async function runStep(step, report) {
  report.begin(step.name);
  try {
    const done = await step.done();
    if (done) return report.end("✓", typeof done === "string" ? done : "there already");
    await step.run({
      progress: (text) => report.progress(text),
      run: (command, args, options) =>
        run(
          command,
          args,
          Object.assign({ log: fileName(step.name), progress: (text) => report.progress(text) }, options),
        ),
    });
    if (!(await step.done())) throw new SetupError("the step ran but what it should bring isn't there");
    report.end("✓");
  } catch (error) {
    report.end("✗", `failed after ${report.elapsed()}`);
    explain(error, step, report);
    if (step.optional) return;
    throw error instanceof SetupError ? error : new SetupError(error.message, step.remedy);
  }
}

function explain(error, step, report) {
  if (error.log) for (const line of tail(error.log)) report.line(`    │ ${line}`);
  if (error.log) report.line(`    The whole output is in ${error.log}`);
  report.line(`    What went wrong: ${error.message}`);
  if (error.remedy || step.remedy) report.line(`    What to do: ${error.remedy || step.remedy}`);
}

function fileName(name) {
  return `setup-${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}`;
}

/** Ctrl-C ends the command at work and lets go of the lock; the next set-up goes on from there. */
function stopOnSignal(lockFile) {
  const stop = (signal) => {
    stopRunning();
    unlock(lockFile);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return () => {
    process.removeListener("SIGINT", stop);
    process.removeListener("SIGTERM", stop);
  };
}
