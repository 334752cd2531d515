// From a crate of the workspace to cargo's .wasm.
import { join, resolve } from "node:path";
import { run } from "../setup/exec.mjs";
import { root } from "../setup/paths.mjs";
import { diagnostics } from "./diagnostics.mjs";

/** What cargo is told to make a library's wasm. Of a crate that is an rlib too it would make both, and leave out its optimisation at link time. */
export const cdylib = ["rustc", "--target", "wasm32-unknown-unknown", "--lib", "--crate-type", "cdylib"];

const quickProfile = {
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_INCREMENTAL: "true",
};

/**
 * Runs cargo, which knows best what is up to date; returns the path of the .wasm.
 * @param {string} name
 * @param {{ profile?: string, features?: string, quick?: boolean, report: import("../setup/report.mjs").Report }} options
 */
export async function compile(name, { profile = "release", features, quick = false, report }) {
  /** @type {Record<string, string>} */
  const env = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", ...(quick ? quickProfile : {}) };
  if (process.stderr.isTTY) env.CARGO_TERM_COLOR = "always";
  const args = [...cdylib, "--profile", profile, "--package", name];
  if (features) args.push("--features", features);
  const log = `build-${name}`;
  try {
    const progress = (text) => report.progress(text);
    await report.step(`compile ${name}`, () => run("cargo", args, { env, log, progress }));
  } catch (error) {
    error.printed = true;
    throw error;
  } finally {
    const said = diagnostics(log);
    if (said) report.line(said);
  }
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  return join(target, "wasm32-unknown-unknown", profile, `${name.replaceAll("-", "_")}.wasm`);
}
