// What the machine itself must have: room on the disk, git, a C linker.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "../apt.mjs";
import { SetupError } from "../exec.mjs";
import { root, tools, which } from "../paths.mjs";

const wantedGiB = 4;

/** Free room on the project's disk in GiB, by POSIX df. */
function freeGiB() {
  const df = spawnSync("df", ["-Pk", root], { encoding: "utf8" });
  if (df.status !== 0) return Number.POSITIVE_INFINITY;
  return Number(df.stdout.trim().split("\n").pop().split(/\s+/)[3]) / 1024 / 1024;
}

/** Room for toolchain, packages and build results; only asked for while they are not there yet. */
export const disk = {
  name: "disk space",
  done() {
    if (existsSync(join(tools, "cargo", "bin", "wasm-bindgen")) && existsSync(join(root, "node_modules"))) return true;
    const free = freeGiB();
    return free >= wantedGiB ? `${Math.floor(free)} GiB free` : false;
  },
  async run() {
    mkdirSync(tools, { recursive: true });
    throw new SetupError(`only ${freeGiB().toFixed(1)} GiB are free here, ${wantedGiB} are needed`);
  },
  remedy: `free ${wantedGiB} GiB on the disk that holds ${root} (cargo clean helps), then start again`,
};

/** git itself: cargo-deny and version stamps need it. */
export const git = {
  name: "git",
  done: () => Boolean(which("git")),
  run: (context) => aptInstall(context, ["git"]),
  remedy: "install git: https://git-scm.com",
};

/** curl, by which the README's commands are tested. */
export const curl = {
  name: "curl",
  done: () => Boolean(which("curl")),
  run: (context) => aptInstall(context, ["curl"]),
  remedy: "install curl (Debian, Ubuntu: sudo apt-get install curl)",
};

/** A C compiler, which Rust links native programs with (tests, tools). */
export const cc = {
  name: "C compiler and linker",
  done: () => Boolean(which("cc")),
  run: (context) => aptInstall(context, ["build-essential"]),
  remedy: "install a C compiler named cc (Debian, Ubuntu: build-essential; macOS: xcode-select --install)",
};
