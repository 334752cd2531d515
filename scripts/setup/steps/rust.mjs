// The Rust toolchain that rust-toolchain.toml names.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../exec.mjs";
import { root, toolEnv, which } from "../paths.mjs";

const file = readFileSync(join(root, "rust-toolchain.toml"), "utf8");
const channel = /channel\s*=\s*"([^"]+)"/.exec(file)[1];
const list = (key) => (new RegExp(`${key}\\s*=\\s*\\[([^\\]]*)\\]`).exec(file) || ["", ""])[1].match(/[\w-]+/g) || [];
const targets = list("targets");
const programs = { rustfmt: "rustfmt", clippy: "cargo-clippy" };

/** Where the toolchain is, or undefined if it isn't installed. Never installs. */
function sysroot() {
  const env = toolEnv({ RUSTUP_AUTO_INSTALL: "0" });
  const shown = spawnSync("rustc", ["--print", "sysroot"], { cwd: root, env, encoding: "utf8" });
  if (shown.status !== 0) return undefined;
  const folder = shown.stdout.trim().split("\n").pop();
  const version = spawnSync(join(folder, "bin", "rustc"), ["--version"], { encoding: "utf8" }).stdout || "";
  return version.startsWith(`rustc ${channel} `) ? folder : undefined;
}

/** rustup, which brings the toolchain. */
export const rustup = {
  name: "rustup",
  done: () => Boolean(which("rustup")) || Boolean(which("rustc") && sysroot()),
  async run() {
    throw new SetupError("there is no rustup on PATH or in ~/.cargo/bin");
  },
  remedy:
    "install rustup as https://rustup.rs says (Debian 13, Ubuntu 24.04: sudo apt-get install rustup), then start again",
};

/** The compiler with rustfmt, clippy and the wasm32 target. */
export const rust = {
  name: `Rust ${channel}`,
  done() {
    const folder = sysroot();
    if (!folder) return false;
    const target = (name) => existsSync(join(folder, "lib", "rustlib", name, "lib"));
    const component = (name) => existsSync(join(folder, "bin", programs[name] || name));
    return targets.every(target) && list("components").every(component);
  },
  // rustup does not always install by itself (RUSTUP_AUTO_INSTALL=0), so it is told to.
  run: (context) => context.run("rustup", ["toolchain", "install"]),
  remedy: "look whether the network reaches static.rust-lang.org, then start again",
};
