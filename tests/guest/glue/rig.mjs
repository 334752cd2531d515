// Bundles for the tests of the glue: of files, and of texts that the tests write.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../../scripts/setup/paths.mjs";

const scratch = mkdtempSync(join(tmpdir(), "hashi-glue-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const cargo = (args, cwd = root) =>
  execFileSync("cargo", args, { cwd, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });

const tools = {};
let count = 0;

/** An example of hashi-guest, built once. */
function example(name) {
  if (!tools[name]) {
    const args = ["build", "--package", "hashi-guest", "--example", name, "--message-format=json", "--quiet"];
    const artifacts = cargo(args)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    tools[name] = artifacts.find(({ target, executable }) => executable && target.name === name).executable;
  }
  return tools[name];
}

/** The path of the echo guest's module. */
export const echoGuest = () => builtGuest("echo");

/** The path of the module of a guest that defines a resource. */
export const shelfGuest = () => builtGuest("shelf");

/** The path of the module of a guest that uses it. */
export const readerGuest = () => builtGuest("reader");

/** A guest's component, as the text of a component of the given name inside of another. */
export function inside(name, file) {
  const path = join(scratch, `component${count++}.wat`);
  execFileSync(example("component"), [file, path], { stdio: ["ignore", "ignore", "inherit"] });
  return readFileSync(path, "utf8").replace("(component", `(component $${name}`);
}

function builtGuest(name) {
  // In the guests' folder, because its .cargo/config.toml has their flags.
  cargo(
    ["build", "--release", "--quiet", "--target", "wasm32-unknown-unknown", "--package", `${name}-guest`],
    join(root, "guests"),
  );
  const file = join(scratch, `${name}.wasm`);
  copyFileSync(join(target, "wasm32-unknown-unknown", "release", `${name}_guest.wasm`), file);
  return file;
}

/**
 * The bundle of a module, binary or text.
 *
 * @param {string} file
 * @param {...("--any-import" | "--every-module")} options without any, what the platform makes of it
 * @returns {{ folder: string, manifest: any, modules: WebAssembly.Module[] }}
 */
export function bundleOf(file, ...options) {
  const folder = join(scratch, `bundle${count++}`);
  execFileSync(example("bundle"), [file, folder, ...options], { stdio: ["ignore", "ignore", "inherit"] });
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const modules = manifest.files.map(({ name }) => new WebAssembly.Module(readFileSync(join(folder, name))));
  return { folder, manifest, modules };
}

/**
 * What js-component-bindgen makes of a component, or of a core module that carries its world; binary or text.
 *
 * @param {string} file
 * @returns {Promise<(imports?: object) => any>} from what it imports to what it exports, a new instance each time
 */
export async function otherOf(file) {
  const folder = join(scratch, `other${count++}`);
  execFileSync(example("other"), [file, folder], { stdio: ["ignore", "ignore", "inherit"] });
  const { instantiate } = await import(pathToFileURL(join(folder, "other.js")).href);
  const compiled = new Map();
  const core = (path) => {
    if (!compiled.has(path)) compiled.set(path, new WebAssembly.Module(readFileSync(join(folder, path))));
    return compiled.get(path);
  };
  return (imports = {}) => instantiate(core, imports);
}

/** The path of a file that holds a module in the text format. */
export function fileOfText(text) {
  const file = join(scratch, `text${count++}.wat`);
  writeFileSync(file, text);
  return file;
}

/** The bundle of a module in the text format. */
export function bundleOfText(text) {
  return bundleOf(fileOfText(text));
}

/**
 * The text of a component around one core module; `functions` are the component's, such as `["f", '(param "x" string) (result u32)']`.
 *
 * @param {string} core what the core module holds besides memory and allocator
 * @param {[name: string, type: string, options?: string][]} functions each lifted from the core function of its name
 * @param {{ memory?: string, realloc?: string, strings?: string, before?: string, imports?: string }} [parts]
 */
export function component(
  core,
  functions,
  { memory = "1", realloc, strings = "utf8", before = "", imports = "" } = {},
) {
  // From 64 KiB - 32 KiB on, without ever freeing.
  const bump = `
    (global $next (mut i32) (i32.const 32768))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get $new))))`;
  const lifted = functions.map(([name, type, options = ""]) => {
    const canon = `(canon lift (core func $i "${name}") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")) string-encoding=${strings} ${options})`;
    return `(func $${name} ${type} ${canon}) (export "${name}" (func $${name}))`;
  });
  return `(component
    ${before}
    (core module $m ${imports} (memory (export "memory") ${memory}) ${realloc ?? bump} ${core})
    (core instance $i (instantiate $m))
    ${lifted.join("\n")})`;
}

/** What a call failed with, awaited or thrown; the test fails where it did not. */
export async function failure(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("the call did not fail");
}
