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

  /**
   * Called when a child ends that nobody stopped.
   * @type {(name: string, how: string, log: string) => void}
   */
  onDeath = () => {};

  /**
   * Starts a server. `onLine(line)` gets each line of its output, all of which goes to .tools/log/NAME.log too.
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, onLine?: (line: string) => void }} options
   */
  start(name, command, args, options = {}) {
    const child = this.#spawn(name, command, args, options);
    if (!child) return;
    child.once("error", (error) => this.onDeath(name, `can't be started: ${error.message}`, child.log));
    child.once("exit", (code, signal) => {
      if (this.#stopping) return;
      const how = signal ? `was ended by ${signal}` : `exited with ${code}`;
      // Its last lines may still be in the pipe.
      setTimeout(() => this.onDeath(name, how, child.log), 100);
    });
  }

  /**
   * Runs a command to its end, for at most `limit` ms; what it started and left behind is ended with it.
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, onLine?: (line: string) => void, limit?: number }} options
   * @returns {Promise<{ code: number, how: string, log: string }>}
   */
  run(name, command, args, options = {}) {
    return new Promise((resolve) => {
      const child = this.#spawn(name, command, args, options);
      if (!child) return;
      let how = "";
      const timer = setTimeout(
        () => {
          how = `took longer than ${Math.round(options.limit / 60000)} minutes`;
          endGroups([child.pid], 3000);
        },
        options.limit ?? 2 ** 31 - 1,
      );
      const end = (code, why) => {
        clearTimeout(timer);
        child.file.end(() => resolve({ code, how: how || why, log: child.log }));
      };
      child.once("error", (error) => end(1, `can't be started: ${error.message}`));
      // Left-over grandchildren would keep the pipes open for ever.
      child.once("exit", () => setTimeout(() => endGroups([child.pid], 3000), 300));
      child.once("close", (code, signal) => {
        this.#forget(child.pid);
        end(code ?? 1, signal ? `was ended by ${signal}` : `exited with ${code}`);
      });
    });
  }

  #spawn(name, command, args, { env = undefined, onLine = undefined } = {}) {
    if (this.#stopping) return undefined;
    this.#guard ??= startGuard();
    mkdirSync(logs, { recursive: true });
    const log = join(logs, `${name}.log`);
    const file = createWriteStream(log);
    const child = spawn(command, args, {
      cwd: root,
      env: toolEnv(env),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (!file.writableEnded) file.write(`${line}\n`);
        onLine?.(line);
      });
    }
    if (child.pid !== undefined) {
      this.#groups.add(child.pid);
      this.#guard.stdin.write(`+${child.pid}\n`);
    }
    return Object.assign(child, { log, file });
  }

  #forget(group) {
    if (this.#groups.delete(group)) this.#guard.stdin.write(`-${group}\n`);
  }

  /** Ends all children and everything they started. Safe to call twice. */
  stop() {
    this.#stopping ??= endGroups([...this.#groups]).then(() => {
      for (const group of [...this.#groups]) this.#forget(group);
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
