// How every script begins: under whatever Node npm was started with, until set-up has brought the project's own.
// This file and what it imports statically keep to what Node 12.22 has, the oldest that a supported Debian or Ubuntu brings: no top-level await.
import { spawn } from "node:child_process";
import { SetupError, stopRunning } from "./exec.mjs";
import { isNewEnough, nodePath, toolEnv } from "./paths.mjs";
import { runSteps } from "./runner.mjs";
import { node } from "./steps/node.mjs";
import { disk } from "./steps/system.mjs";

/** Marks a script that was started again under the project's Node, which then must not outlive its parent. */
export const againMark = "HASHI_STARTED_AGAIN";

/**
 * Sets up what `purpose` needs (see steps.mjs) and then imports the script proper. Under
 * a Node that is too old, brings a newer one and starts the same command again under it.
 */
export async function enter(purpose, importScript) {
  try {
    if (!isNewEnough(process.versions.node)) {
      await runSteps([disk, node], { quiet: true });
      return startAgain();
    }
    const { stepsFor } = await import("./steps.mjs");
    await runSteps(stepsFor(purpose), { quiet: purpose !== "start" && purpose !== "test" });
  } catch (error) {
    // The step runner has printed what went wrong and what to do.
    if (!(error instanceof SetupError)) console.error(error);
    process.exit(1);
  }
  await importScript();
}

function startAgain() {
  const args = process.execArgv.concat(process.argv.slice(1));
  const child = spawn(nodePath(), args, { stdio: "inherit", env: toolEnv({ [againMark]: "1" }) });
  // A terminal sends Ctrl-C to both; what is sent to this process alone has to be handed on.
  process.on("SIGINT", () => child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => {
    console.error(`Node 24 can't be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    stopRunning();
    process.exit(signal ? 143 : code);
  });
}
