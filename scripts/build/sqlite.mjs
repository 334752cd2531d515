// The browser database's package: the JavaScript in js/sqlite as it is, and its engine from crates/sqlite.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { run, SetupError } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { lockedVersion } from "../setup/steps/cargo-tool.mjs";
import { nameOf } from "./module.mjs";
import { replaceFolder } from "./replace.mjs";
import { size, sizes } from "./sizes.mjs";
import { optimiser } from "./wasm-opt.mjs";

/** Where the package is once it is built; a page imports its index.js. */
export const built = join(root, "build", "sqlite");

/** What a page downloads of wasm, at most. */
const mostKiB = 480;

const source = join(root, "js", "sqlite");
const crate = join(root, "crates", "sqlite");
const bindgenFlags = ["--target", "web", "--no-typescript"];

/**
 * Builds the package into build/sqlite; what is up to date is left alone.
 * @param {{ quick?: boolean, report?: Report }} [options] `quick`: without wasm-opt, and as large as it comes
 */
export async function buildSqlite({ quick = false, report = new Report() } = {}) {
  const lockFile = join(tools, "build-sqlite.lock");
  await lock(lockFile, (pid) =>
    report.line(`build: waiting for another build of the browser database (process ${pid})`),
  );
  try {
    await buildAll(quick, report);
  } finally {
    unlock(lockFile);
  }
}

async function buildAll(quick, report) {
  const progress = (text) => report.progress(text);
  const step = (title, command, args, cwd = root) =>
    report.step(title, () => run(command, args, { log: `sqlite-${title.replaceAll(" ", "-")}`, progress, cwd }));
  // In its own folder, because its .cargo/config.toml has its flags.
  const cargo = ["build", "--profile", "browser", "--target", "wasm32-unknown-unknown", "--lib"];
  await step("browser database", "cargo", cargo, crate);
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  const compiled = join(target, "wasm32-unknown-unknown", "browser", "hashi_sqlite.wasm");

  const partial = `${built}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of readdirSync(source)) {
    if (/\.(js|d\.ts)$|^package\.json$/.test(file)) copyFileSync(join(source, file), join(partial, file));
  }
  const wasmOpt = quick ? undefined : optimiser("-O2", { exceptions: false });
  const flags = [lockedVersion("wasm-bindgen"), ...bindgenFlags, ...(wasmOpt?.flags ?? [])];
  const madeFrom = nameOf(readFileSync(compiled), flags.join(" "));
  const stamp = join(built, "engine", ".made-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === madeFrom) {
    cpSync(join(built, "engine"), join(partial, "engine"), { recursive: true });
  } else {
    await makeEngine(step, compiled, join(partial, "engine"), wasmOpt);
    writeFileSync(join(partial, "engine", ".made-from"), madeFrom);
  }
  replaceFolder(partial, built);
  report.line(`build: build/sqlite is ready: ${sizes(join(built, "engine"))}`);
}

async function makeEngine(step, compiled, engine, wasmOpt) {
  await step("wasm-bindgen", "wasm-bindgen", [...bindgenFlags, "--out-dir", engine, compiled]);
  if (!wasmOpt) return;
  const wasm = join(engine, "hashi_sqlite_bg.wasm");
  await step("wasm-opt", process.execPath, wasmOpt.command(wasm));
  const bytes = readFileSync(wasm);
  if (gzipSync(bytes, { level: 9 }).length > mostKiB * 1024)
    throw new SetupError(
      `the browser database's wasm has ${size(bytes)}, and ${mostKiB} KiB gzip are what it may have`,
    );
}
