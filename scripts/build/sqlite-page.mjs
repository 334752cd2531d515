// The browser database's package in as few files as it can have, for pages whose server can't give many at once: that of wasm-bindgen's test runner
// loses a connection now and then where several begin together, and the page waits for it for good.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../setup/paths.mjs";
import { replaceFolder } from "./replace.mjs";
import { built } from "./sqlite.mjs";

/** Makes build/sqlite-page of build/sqlite: its page, worker and broker with all that they import, and the engine. */
export async function bundleSqlite() {
  const folder = join(root, "build", "sqlite-page");
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await build({
    entryPoints: ["index.js", "worker.js", "broker.js"].map((file) => join(built, file)),
    bundle: true,
    format: "esm",
    target: "es2024",
    outdir: partial,
    logLevel: "warning",
  });
  for (const wasm of ["engine", "tab"]) cpSync(join(built, wasm), join(partial, wasm), { recursive: true });
  replaceFolder(partial, folder);
}
