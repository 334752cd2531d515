// Each guest as its author would build it: cargo for those in Rust; asc and `hashi embed` for the one in AssemblyScript.
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../setup/exec.mjs";
import { lock, unlock } from "../setup/lock.mjs";
import { root, tools } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { replaceFolder } from "./replace.mjs";

/** Where the guests are once they are built: one .wasm for each, by its name. */
export const built = join(root, "build", "guests");

/** The crates in guests/; the folder that isn't one is the guest in AssemblyScript. */
export const crates = ["earthquake-digest", "hello-world", "image-resize", "misbehave", "proxy"];

const sources = join(root, "guests");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The command `hashi`, once it is built. */
export const hashi = join(target, "debug", "hashi");

/** Builds all guests and the command `hashi`, and has the command check each. */
export async function buildGuests(report = new Report()) {
  const lockFile = join(tools, "build-guests.lock");
  await lock(lockFile, (pid) => report.line(`build: waiting for another build of the guests (process ${pid})`));
  try {
    await buildAll(report);
  } finally {
    unlock(lockFile);
  }
}

async function buildAll(report) {
  const progress = (text) => report.progress(text);
  const step = (title, command, args, cwd = root) =>
    report.step(title, () => run(command, args, { log: `guests-${title.replaceAll(" ", "-")}`, progress, cwd }));
  const partial = `${built}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  // In their own folder, because its .cargo/config.toml has the flags of guests.
  const packages = crates.flatMap((crate) => ["--package", crate]);
  await step(
    "guests in Rust",
    "cargo",
    ["build", "--release", "--target", "wasm32-unknown-unknown", ...packages],
    sources,
  );
  for (const crate of crates) {
    const file = join(target, "wasm32-unknown-unknown", "release", `${crate.replaceAll("-", "_")}.wasm`);
    copyFileSync(file, join(partial, `${crate}.wasm`));
  }
  await step("command hashi", "cargo", ["build", "--package", "hashi-cli"]);
  const core = join(built, "..", "guests.assemblyscript.wasm");
  await step(
    "guest in AssemblyScript",
    "asc",
    ["--config", "asconfig.json", "--outFile", core],
    join(sources, "assemblyscript"),
  );
  const world = ["--wit", "wit", "--world", "http-handler", "--out", join(partial, "assemblyscript.wasm")];
  await step("hashi embed", hashi, ["embed", core, ...world]);
  rmSync(core);
  for (const file of readdirSync(partial)) await step(`hashi check ${file}`, hashi, ["check", join(partial, file)]);
  replaceFolder(partial, built);
  const sizes = readdirSync(built).map((file) => `${file} ${(statSync(join(built, file)).size / 1024).toFixed(1)} KiB`);
  report.line(`build: build/guests is ready: ${sizes.join(", ")}`);
}
