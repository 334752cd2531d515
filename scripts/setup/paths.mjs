// Where set-up keeps things, and the environment in which the project's tools are found.
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The project's own, git-ignored tools folder. */
export const tools = join(root, ".tools");

/** Captured output of steps, layers and servers; shown only where something fails. */
export const logs = join(tools, "log");

/** The oldest Node that wrangler runs under. */
export const oldestNode = [22, 12];

/** True if a version such as "22.12.0" is new enough for wrangler. */
export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** The folder with the project's own `node`. */
export const ownNodeBin = join(tools, "node", "node_modules", ".bin");

/** The Node that runs everything: this one if it is new enough, else the project's own. */
export function nodePath() {
  return isNewEnough(process.versions.node) ? process.execPath : join(ownNodeBin, "node");
}

function cargoHome() {
  return process.env.CARGO_HOME || join(homedir(), ".cargo");
}

/**
 * The environment for every command that set-up and the scripts start: the project's tools come first, and cargo is
 * found even where ~/.cargo/bin is not on PATH.
 */
export function toolEnv(extra) {
  const env = Object.assign({}, process.env, extra);
  const path = [join(tools, "cargo", "bin"), join(root, "node_modules", ".bin")];
  // Not where it is first on PATH anyway: /usr/bin in front would hide a cargo in ~/.cargo/bin.
  const folder = dirname(nodePath());
  if (which("node", process.env.PATH || "") !== join(folder, "node")) path.unshift(folder);
  env.PATH = path.concat((process.env.PATH || "").split(delimiter), join(cargoHome(), "bin")).join(delimiter);
  // rust-toolchain.toml decides which Rust builds Hashi, and .cargo/config.toml which flags: a RUSTFLAGS from outside
  // would silently drop the memory ceiling.
  for (const name of ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"])
    delete env[name];
  return env;
}

/** The full path of a program on the tools' PATH, or undefined. */
export function which(program, path = toolEnv().PATH) {
  for (const folder of path.split(delimiter)) {
    const file = join(folder || ".", program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch (_) {
      // Not in this folder.
    }
  }
  return undefined;
}
