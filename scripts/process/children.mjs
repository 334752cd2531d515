// The long-running children of a script. None outlives it: not after Ctrl-C, not after kill -9.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { logs, root, toolEnv } from "../setup/paths.mjs";
import { endGroups } from "./group.mjs";

/** Starts children in process groups of their own and ends them together. */
export class Children {
  #groups = new Set();
  #guard;
  #stopping;

  /** Called with (name, how it ended, log file) when a child ends that nobody stopped. */
  onDeath = () => {};

  /**
   * Starts a command. `onLine(line)` gets each line of its output, all of which goes to .tools/log/NAME.log too.
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, onLine?: (line: string) => void }} options
   */
  start(name, command, args, { env, onLine } = {}) {
    if (this.#stopping) return;
    this.#guard ??= startGuard();
    mkdirSync(logs, { recursive: true });
    const log = join(logs, `${name}.log`);
    const file = createWriteStream(log);
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd: root, env: toolEnv(env), stdio, detached: true });
    child.on("error", (error) => this.onDeath(name, `can't be started: ${error.message}`, log));
    if (child.pid === undefined) return;
    const group = child.pid;
    this.#groups.add(group);
    this.#guard.stdin.write(`+${group}\n`);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        file.write(`${line}\n`);
        onLine?.(line);
      });
    }
    child.on("exit", (code, signal) => {
      if (this.#stopping) return;
      const how = signal ? `was ended by ${signal}` : `exited with ${code}`;
      // Its last lines may still be in the pipe.
      setTimeout(() => this.onDeath(name, how, log), 100);
    });
  }

  /** Ends all children and everything they started. Safe to call twice. */
  stop() {
    this.#stopping ??= endGroups([...this.#groups]).then(() => {
      for (const group of this.#groups) this.#guard.stdin.write(`-${group}\n`);
      this.#guard?.stdin.end();
    });
    return this.#stopping;
  }
}

function startGuard() {
  const program = join(dirname(fileURLToPath(import.meta.url)), "guard.mjs");
  const guard = spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.stdin.on("error", () => {});
  guard.unref();
  return guard;
}
