// Programs that cargo compiles into .tools/cargo.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root, toolEnv, tools, which } from "../paths.mjs";

const bin = join(tools, "cargo", "bin");

// Tools are compiled once and run for seconds: a quick build beats a quick program (95 s instead of 4 min and more).
const quickProfile = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
};

function isVersion(program, version) {
  const shown = spawnSync(program, ["--version"], { encoding: "utf8" });
  return shown.status === 0 && shown.stdout.split(/\s+/)[1] === version;
}

/** A step that brings one crate's programs in exactly one version. */
function cargoTool(crate, version, programs, locked) {
  return {
    name: `${crate} ${version}`,
    done: () => programs.every((program) => isVersion(join(bin, program), version)),
    async run(context) {
      if (linkInstalled(programs, version)) return;
      // A target folder of its own, kept when interrupted: the next try goes on where this one stopped.
      const target = join(tools, "compile", crate);
      const env = Object.assign({ CARGO_TARGET_DIR: target }, quickProfile);
      env.CARGO_TERM_PROGRESS_WHEN = "always";
      env.CARGO_TERM_PROGRESS_WIDTH = "80";
      const args = ["install", crate, "--version", `=${version}`, "--root", join(tools, "cargo"), "--force"];
      await context.run("cargo", args.concat(locked ? ["--locked"] : []), { env });
      rmSync(target, { recursive: true, force: true });
    },
    remedy: "look whether cargo reaches crates.io; a compile that was cut short goes on where it stopped",
  };
}

/** Uses programs of the right version that the machine has anyway. */
function linkInstalled(programs, version) {
  const outside = toolEnv()
    .PATH.split(":")
    .filter((folder) => folder !== bin)
    .join(":");
  const found = programs.map((program) => which(program, outside));
  if (!found.every((program) => program && isVersion(program, version))) return false;
  spawnSync("mkdir", ["-p", bin]);
  programs.forEach((program, i) => {
    rmSync(join(bin, program), { force: true });
    symlinkSync(found[i], join(bin, program));
  });
  return true;
}

/** The version of a crate in Cargo.lock, or undefined. */
export function lockedVersion(crate) {
  const text = readFileSync(join(root, "Cargo.lock"), "utf8");
  const found = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(text);
  return found ? found[1] : undefined;
}

/** wasm-bindgen and its test runner in exactly Cargo.lock's version. */
export function wasmBindgen() {
  const version = lockedVersion("wasm-bindgen");
  if (!version) return { name: "wasm-bindgen-cli", done: () => "Cargo.lock has no wasm-bindgen", run: async () => {} };
  // Not --locked: 0.2.130's own lock file names a pre-release that was withdrawn.
  return cargoTool("wasm-bindgen-cli", version, ["wasm-bindgen", "wasm-bindgen-test-runner"], false);
}

/** cargo-deny, which checks licences, sources, duplicates and advisories. */
export function cargoDeny() {
  return cargoTool("cargo-deny", "0.20.2", ["cargo-deny"], true);
}
