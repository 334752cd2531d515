// Runs one command of a step: its output goes to a log file, its last line becomes the step's progress.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { logs, root, toolEnv } from "./paths.mjs";

/** A failure whose message says what was wrong; `remedy` says what would be right. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} [remedy]
   * @param {string} [log] the file with the failed command's output
   */
  constructor(message, remedy, log) {
    super(message);
    /** True once the output has been shown. */
    this.printed = false;
    this.remedy = remedy;
    this.log = log;
  }
}

// ESC [ … letter, and ESC ( B, with which tput ends a colour.
const esc = "\u001b";
const control = new RegExp(`${esc}(?:\\[[0-9;?]*[A-Za-z]|\\(B)`, "g");

/** The text without colours and cursor movement. */
export function plain(text) {
  return text.replace(control, "");
}

/** The last lines of a log file, empty ones left out. */
export function tail(file, count = 30) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (_) {
    return [];
  }
  const lines = plain(text).split(/[\r\n]+/);
  return lines.filter((line) => line.trim() !== "").slice(-count);
}

/** What a person should see of a chunk of output: cargo's "12/80" with the crate at work, or the last line. */
export function progressOf(chunk) {
  const lines = plain(chunk)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "");
  for (const line of lines.slice().reverse()) {
    const building = /\b(\d+\/\d+)(?:: (.*))?$/.exec(line.trim());
    if (building) return building[2] ? `${building[1]} ${building[2]}` : building[1];
  }
  return lines.length > 0 ? lines[lines.length - 1].trim() : undefined;
}

/** Children that must not outlive this process. */
const running = new Set();

/** Ends every command that `run` has going; for signal handlers. */
export function stopRunning(signal = "SIGTERM") {
  for (const child of running) {
    try {
      process.kill(-child.pid, signal);
    } catch (_) {
      // It is gone already.
    }
  }
}

/**
 * Runs a command without standard input and resolves when it exits with 0.
 * Options: `log` (name in .tools/log), `env`, `cwd`, `progress(text)`, `remedy`, `append`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ log?: string, env?: object, cwd?: string, progress?: (text: string) => void, remedy?: string,
 *   append?: boolean }} options
 * @returns {Promise<void>}
 */
export function run(command, args, options = {}) {
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${options.log || command}.log`);
  const file = openSync(log, options.append ? "a" : "w");
  writeSync(file, `$ ${[command, ...args].join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd || root,
      env: toolEnv(options.env),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what the command starts can be ended with it.
      detached: true,
    });
    running.add(child);
    const take = (chunk) => {
      writeSync(file, chunk);
      const text = options.progress && progressOf(chunk.toString());
      if (text) options.progress(text);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    let ended = false;
    const end = (error) => {
      // A program that can't be started may emit both "error" and "close".
      if (ended) return;
      ended = true;
      running.delete(child);
      closeSync(file);
      if (error) reject(error);
      else resolve();
    };
    child.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      const what =
        error.code === "ENOENT" ? `${command} is not installed` : `${command} can't be started: ${error.message}`;
      end(new SetupError(what, options.remedy));
    });
    child.once("close", (code, signal) => {
      if (code === 0) return end();
      const how = code === null ? `was ended by ${signal}` : `exited with ${code}`;
      end(new SetupError(`${command} ${args[0] || ""} ${how}`, options.remedy, log));
    });
  });
}
