// Bundles the one contender that imports by package name.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/setup/paths.mjs";

/** Writes sqlocal, its worker and the SQLite that its version asks for to build/bench/sqlite. */
export async function pack() {
  const out = join(root, "build", "bench", "sqlite");
  mkdirSync(out, { recursive: true });
  // Its package.json isn't exported; from its folder, its own version of SQLite is found before ours.
  const sqlocal = join(root, "node_modules", "sqlocal");
  const own = createRequire(join(sqlocal, "dist", "index.js"));
  const sqlite = join(dirname(own.resolve("@sqlite.org/sqlite-wasm/package.json")), "dist");
  await build({
    entryPoints: {
      sqlocal: join(root, "bench", "sqlite", "contenders", "sqlocal.mjs"),
      "sqlocal-worker": join(sqlocal, "dist", "worker.js"),
    },
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    logLevel: "error",
  });
  for (const name of ["sqlite3.wasm", "sqlite3-opfs-async-proxy.js"]) copyFileSync(join(sqlite, name), join(out, name));
}
