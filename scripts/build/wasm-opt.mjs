// binaryen's optimiser, from its npm package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";

const home = join(root, "node_modules", "binaryen");

// What rustc and wasm-bindgen use of wasm beyond its first version. Named one by one: with --all-features wasm-opt would write instructions that no
// host has yet.
const features = ["bulk-memory", "bulk-memory-opt", "multivalue", "mutable-globals", "nontrapping-float-to-int"];
const moreFeatures = ["reference-types", "sign-ext", "call-indirect-overlong"];

/**
 * The command that optimises a .wasm in its place, and what it depends on.
 *
 * @param {string} level such as -O3
 * @param {{ exceptions?: boolean, first?: string[] }} [options] `exceptions`: whether the module may use them, as wasm-bindgen's abort handler does;
 *   `first`: passes before the others
 */
export function optimiser(level, { exceptions = true, first = [] } = {}) {
  const enabled = [...features, ...moreFeatures, ...(exceptions ? ["exception-handling"] : [])];
  const flags = [...first, level, ...enabled.map((feature) => `--enable-${feature}`)];
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  return { flags: [version, ...flags], command: (wasm) => [join(home, "bin", "wasm-opt"), ...flags, wasm, "-o", wasm] };
}
