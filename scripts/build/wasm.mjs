// cargo → wasm-bindgen → wasm-opt → the folder that wrangler bundles from.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { lockedVersion } from "../setup/steps/cargo-tool.mjs";
import { compile } from "./cargo.mjs";
import { nameOf } from "./module.mjs";
import { replaceFolder } from "./replace.mjs";
import { sizes } from "./sizes.mjs";
import { optimiser } from "./wasm-opt.mjs";

const bindgenFlags = ["--target", "module", "--experimental-reset-state-function", "--force-enable-abort-handler"];

/**
 * Builds one crate; resolves to true if something was made anew.
 * @param {{ package?: string, out?: string, features?: string, profile?: string, quick?: boolean, report?: Report }} options
 */
export async function build({
  package: name = "hashi",
  out,
  features: wanted,
  profile = "release",
  quick = false,
  report = new Report(),
} = {}) {
  const folder = resolve(root, out ?? join("build", name === "hashi" ? "worker" : name));
  // Two builds at once (wrangler's and a test's) would write the same files.
  const lockFile = join(tools, "build.lock");
  await lock(lockFile, (pid) => report.line(`build: waiting for another build (process ${pid})`));
  try {
    const compiled = await compile(name, { profile, features: wanted, quick, report });
    return await finish(name, compiled, folder, quick, report);
  } finally {
    unlock(lockFile);
  }
}

/** From cargo's .wasm to the finished folder, unless the folder was made from exactly this. */
async function finish(name, compiled, folder, quick, report) {
  const stamp = join(folder, ".made-from");
  const wasmOpt = optimiser("-O3");
  const flags = [lockedVersion("wasm-bindgen"), ...bindgenFlags, ...(quick ? [] : wasmOpt.flags)];
  const source = nameOf(readFileSync(compiled), flags.join(" "));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === source) {
    report.line(`build: ${relative(root, folder)} is up to date: ${sizes(folder)}`);
    return false;
  }
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const progress = (text) => report.progress(text);
  const step = (title, command, args) =>
    report.step(title, () => run(command, args, { log: `build-${name}-${title.split(" ")[0]}`, progress }));
  await step("wasm-bindgen", "wasm-bindgen", [...bindgenFlags, "--out-dir", partial, compiled]);
  if (!quick) {
    const wasm = join(partial, `${name.replaceAll("-", "_")}_bg.wasm`);
    const before = statSync(wasm).size;
    await step("wasm-opt -O3", process.execPath, wasmOpt.command(wasm));
    if (statSync(wasm).size > before * 1.2) report.line("  wasm-opt made the module larger: look at its flags");
  }
  writeFileSync(join(partial, ".made-from"), source);
  replaceFolder(partial, folder);
  report.line(`build: ${relative(root, folder)} is ready: ${sizes(folder)}`);
  return true;
}
