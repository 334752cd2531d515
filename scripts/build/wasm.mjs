// cargo → wasm-bindgen → wasm-opt → the folder that wrangler bundles from.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { lockedVersion } from "../setup/steps/cargo-tool.mjs";
import { diagnostics } from "./diagnostics.mjs";
import { replaceFolder } from "./replace.mjs";
import { sizes } from "./sizes.mjs";

const bindgenFlags = ["--target", "module", "--experimental-reset-state-function", "--force-enable-abort-handler"];

// What rustc and wasm-bindgen use of wasm beyond its first version (its abort handler: exceptions). Named one by one:
// with --all-features wasm-opt would write instructions that no host has yet.
const features = ["bulk-memory", "bulk-memory-opt", "multivalue", "mutable-globals", "nontrapping-float-to-int"];
const moreFeatures = ["reference-types", "sign-ext", "call-indirect-overlong", "exception-handling"];
const optFlags = ["-O3", ...[...features, ...moreFeatures].map((feature) => `--enable-${feature}`)];

const quickProfile = {
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_INCREMENTAL: "true",
};

/**
 * Builds one crate; resolves to true if something was made anew.
 * @param {{ package?: string, out?: string, features?: string, quick?: boolean, report?: Report }} options
 */
export async function build({
  package: name = "hashi",
  out,
  features: wanted,
  quick = false,
  report = new Report(),
} = {}) {
  const folder = resolve(root, out ?? join("build", name === "hashi" ? "worker" : name));
  // Two builds at once (wrangler's and a test's) would write the same files.
  const lockFile = join(tools, "build.lock");
  await lock(lockFile, (pid) => report.line(`build: waiting for another build (process ${pid})`));
  try {
    const compiled = await compile(name, wanted, quick, report);
    return await finish(name, compiled, folder, quick, report);
  } finally {
    unlock(lockFile);
  }
}

/** Runs cargo, which knows best what is up to date; returns the path of the .wasm. */
async function compile(name, wanted, quick, report) {
  /** @type {Record<string, string>} */
  const env = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", ...(quick ? quickProfile : {}) };
  if (process.stderr.isTTY) env.CARGO_TERM_COLOR = "always";
  const args = ["build", "--release", "--target", "wasm32-unknown-unknown", "--lib", "--package", name];
  if (wanted) args.push("--features", wanted);
  const log = `build-${name}`;
  report.begin(`compile ${name}`);
  try {
    await run("cargo", args, { env, log, progress: (text) => report.progress(text) });
    report.end("✓");
  } catch (error) {
    report.end("✗");
    error.printed = true;
    throw error;
  } finally {
    const said = diagnostics(log);
    if (said) report.line(said);
  }
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  return join(target, "wasm32-unknown-unknown", "release", `${name.replaceAll("-", "_")}.wasm`);
}

/** From cargo's .wasm to the finished folder, unless the folder was made from exactly this. */
async function finish(name, compiled, folder, quick, report) {
  const stamp = join(folder, ".made-from");
  const flags = [lockedVersion("wasm-bindgen"), ...bindgenFlags, ...(quick ? [] : [optimiser().version, ...optFlags])];
  const source = createHash("sha256").update(readFileSync(compiled)).update(flags.join(" ")).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === source) {
    report.line(`build: ${relative(root, folder)} is up to date: ${sizes(folder)}`);
    return false;
  }
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const step = async (title, command, args) => {
    report.begin(title);
    const progress = (text) => report.progress(text);
    const log = `build-${name}-${title.split(" ")[0]}`;
    await run(command, args, { log, progress }).then(
      () => report.end("✓"),
      (error) => {
        report.end("✗");
        throw error;
      },
    );
  };
  await step("wasm-bindgen", "wasm-bindgen", [...bindgenFlags, "--out-dir", partial, compiled]);
  if (!quick) {
    const wasm = join(partial, `${name.replaceAll("-", "_")}_bg.wasm`);
    const before = statSync(wasm).size;
    await step(`wasm-opt ${optFlags[0]}`, process.execPath, [optimiser().program, ...optFlags, wasm, "-o", wasm]);
    if (statSync(wasm).size > before * 1.2) report.line("  wasm-opt made the module larger: look at its flags");
  }
  writeFileSync(join(partial, ".made-from"), source);
  replaceFolder(partial, folder);
  report.line(`build: ${relative(root, folder)} is ready: ${sizes(folder)}`);
  return true;
}

function optimiser() {
  const home = join(root, "node_modules", "binaryen");
  return {
    program: join(home, "bin", "wasm-opt"),
    version: JSON.parse(readFileSync(join(home, "package.json"), "utf8")).version,
  };
}
