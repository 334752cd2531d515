// Builds and starts what the executor is measured against.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../../scripts/setup/paths.mjs";
import { run } from "../../scripts/setup/exec.mjs";
import { start } from "../harness/workerd.mjs";

const folder = join(root, "build", "bench", "executor");

/** The guest as plain jco makes it, and the Worker around it. */
export async function buildContender(guest) {
  mkdirSync(join(folder, "jco"), { recursive: true });
  const component = join(folder, "component.wasm");
  const args = ["run", "--quiet", "--package", "hashi-guest", "--example", "component", "--", guest, component];
  await run("cargo", args, { log: "bench-component" });
  const { transpileBytes } = await jco();
  const options = { name: "guest", instantiation: "async", wasiShim: false, nodejsCompat: false, noTypescript: true };
  const { files } = await transpileBytes(readFileSync(component), { ...options, tlaCompat: false });
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith(".wasm")) writeFileSync(join(folder, "jco", name), bytes);
    if (name === "guest.js") writeFileSync(join(folder, "jco", "guest.js.txt"), bytes);
  }
  writeFileSync(join(folder, "entry.mjs"), readFileSync(join(import.meta.dirname, "worker.mjs")));
  await build({
    entryPoints: [join(folder, "entry.mjs")],
    bundle: true,
    format: "esm",
    target: "es2024",
    loader: { ".txt": "text", ".wasm": "binary" },
    outfile: join(folder, "worker.js"),
    logLevel: "warning",
  });
}

/** The transpiler of jco. Installed beside what is built: nobody but this bench needs its hundred megabytes. */
async function jco() {
  const [name, version] = ["@bytecodealliance/jco-transpile", "0.15.0"];
  const home = join(root, "build", "jco");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, dependencies: { [name]: version } }));
  if (!existsSync(join(home, "node_modules", name))) {
    await run("npm", ["install", "--prefix", home, "--ignore-scripts", "--no-audit", "--no-fund"], {
      log: "bench-jco",
    });
  }
  const { resolve } = createRequire(join(home, "package.json"));
  return import(pathToFileURL(resolve(name)).href);
}

/** A fresh process of it. */
export function startContender() {
  return start({ folder, wasm: [], loader: true }, {});
}
