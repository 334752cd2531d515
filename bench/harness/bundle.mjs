// One file of JavaScript and the wasm beside it for each contender, as wrangler would upload them.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/setup/paths.mjs";
import { crateFolder } from "./contenders.mjs";

const wrapper = join(root, "bench", "harness", "loop-worker.mjs");

/**
 * Bundles a contender, as it is or `looped` (see loop-worker.mjs); returns the folder with worker.js and the names of
 * its wasm files.
 */
export async function bundle(contender, looped) {
  const folder = join(root, "build", "bench", `${contender.name.replaceAll(" ", "-")}${looped ? "-loop" : ""}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const from = (file) => JSON.stringify(`./${relative(root, file)}`);
  const plain = `export { default } from ${from(contender.entry)};`;
  const loop = `import worker from ${from(contender.entry)};
import { looped } from ${from(wrapper)};
export default looped(worker);`;
  await build({
    stdin: { contents: looped ? loop : plain, resolveDir: root, sourcefile: "entry.mjs" },
    bundle: true,
    format: "esm",
    target: "es2024",
    // As wrangler resolves packages.
    conditions: ["workerd", "worker", "browser"],
    external: ["*.wasm"],
    // `import source` is newer than every target.
    supported: { "import-source": true },
    outfile: join(folder, "worker.js"),
    logLevel: "warning",
  });
  const wasm = contender.crate ? readdirSync(join(root, crateFolder(contender.crate))).filter(isWasm) : [];
  for (const file of wasm) cpSync(join(root, crateFolder(contender.crate), file), join(folder, file));
  return { folder, wasm };
}

function isWasm(file) {
  return file.endsWith(".wasm");
}
