// crates/prepare as data, and js/prepare as text: what the isolate that prepares uploads is loaded with.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { compile } from "./cargo.mjs";
import { bundleModule, nameOf, textModule } from "./module.mjs";
import { replaceFolder } from "./replace.mjs";
import { size } from "./sizes.mjs";
import { optimiser } from "./wasm-opt.mjs";

const folder = join(root, "build", "prepare");

/**
 * Makes build/prepare: `prepare.bin`, the module, and `entry.js`, which exports `script`, the main module of the isolate, and `version`, the name
 * of both.
 */
export async function buildPrepare(report = new Report()) {
  const lockFile = join(tools, "build.lock");
  await lock(lockFile, (pid) => report.line(`build: waiting for another build (process ${pid})`));
  try {
    const compiled = await compile("hashi-prepare", { profile: "prepare", report });
    await finish(compiled, report);
  } finally {
    unlock(lockFile);
  }
}

async function finish(compiled, report) {
  const wasmOpt = optimiser("-Oz", { first: ["--strip-debug", "--strip-producers"] });
  const stamp = nameOf(readFileSync(compiled), wasmOpt.flags.join(" "));
  const made = join(folder, ".made-from");
  const fresh = existsSync(made) && readFileSync(made, "utf8") === stamp;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const bin = join(partial, "prepare.bin");
  copyFileSync(fresh ? join(folder, "prepare.bin") : compiled, bin);
  if (!fresh) {
    await report.step("wasm-opt -Oz", () => run(process.execPath, wasmOpt.command(bin), { log: "build-prepare" }));
  }
  const wasm = readFileSync(bin);
  const script = await bundleModule("js/prepare/entry.js", ["cloudflare:workers", "./prepare.wasm"]);
  writeFileSync(join(partial, "entry.js"), textModule({ script, version: nameOf(wasm, script) }));
  writeFileSync(join(partial, ".made-from"), stamp);
  replaceFolder(partial, folder);
  report.line(`build: ${relative(root, folder)} is ${fresh ? "up to date" : "ready"}: ${size(wasm)}`);
}
