// The browser database's package: the JavaScript in js/sqlite as it is, its engine from crates/sqlite and what each tab has from crates/sqlite-tab.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { run, SetupError } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { lockedVersion } from "../setup/steps/cargo-tool.mjs";
import { cdylib } from "./cargo.mjs";
import { nameOf } from "./module.mjs";
import { replaceFolder } from "./replace.mjs";
import { size, sizes } from "./sizes.mjs";
import { optimiser } from "./wasm-opt.mjs";

/** Where the package is once it is built; a page imports its index.js. */
export const built = join(root, "build", "sqlite");

const source = join(root, "js", "sqlite");

/** The package's two pieces of wasm: the folder that each has there, its crate, and how many KiB gzip it may have. */
const pieces = [
  { folder: "engine", title: "browser database", crate: "sqlite", module: "hashi_sqlite", mostKiB: 480 },
  { folder: "tab", title: "browser database's tab", crate: "sqlite-tab", module: "hashi_sqlite_tab", mostKiB: 40 },
];

// The package names the files itself: bundlers find them by that.
const bindgenFlags = ["--target", "web", "--no-typescript", "--omit-default-module-path"];

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
    report.step(title, () => run(command, args, { log: `sqlite-${title.replaceAll(/\W+/g, "-")}`, progress, cwd }));
  const partial = `${built}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of readdirSync(source)) {
    if (/\.(js|d\.ts)$|^package\.json$/.test(file)) copyFileSync(join(source, file), join(partial, file));
  }
  const wasmOpt = quick ? undefined : optimiser("-O2", { exceptions: false });
  for (const piece of pieces) await addPiece(step, piece, join(partial, piece.folder), wasmOpt);
  replaceFolder(partial, built);
  const all = pieces.map(({ folder }) => sizes(join(built, folder))).join(", ");
  report.line(`build: build/sqlite is ready: ${all}`);
}

async function addPiece(step, { folder, title, crate, module, mostKiB }, to, wasmOpt) {
  // In its own folder: a .cargo/config.toml there has its flags.
  await step(title, "cargo", [...cdylib, "--profile", "browser"], join(root, "crates", crate));
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  const compiled = join(target, "wasm32-unknown-unknown", "browser", `${module}.wasm`);
  const flags = [lockedVersion("wasm-bindgen"), ...bindgenFlags, ...(wasmOpt?.flags ?? [])];
  const madeFrom = nameOf(readFileSync(compiled), flags.join(" "));
  const stamp = join(built, folder, ".made-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === madeFrom) {
    cpSync(join(built, folder), to, { recursive: true });
    return;
  }
  await step(`wasm-bindgen (${folder})`, "wasm-bindgen", [...bindgenFlags, "--out-dir", to, compiled]);
  if (wasmOpt) {
    const wasm = join(to, `${module}_bg.wasm`);
    await step(`wasm-opt (${folder})`, process.execPath, wasmOpt.command(wasm));
    const bytes = readFileSync(wasm);
    if (gzipSync(bytes, { level: 9 }).length > mostKiB * 1024)
      throw new SetupError(`the wasm of the ${title} has ${size(bytes)}, and ${mostKiB} KiB gzip are what it may have`);
  }
  writeFileSync(join(to, ".made-from"), madeFrom);
}
