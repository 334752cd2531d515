// JavaScript that isolates are loaded with: bundled into one module, and carried by the Worker as text.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { root } from "../setup/paths.mjs";

/** One ES module of everything that `entry` (a path below the root) imports, but for `external`. */
export async function bundleModule(entry, external = []) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    charset: "utf8",
    legalComments: "none",
    external,
    write: false,
  });
  return outputFiles[0].text;
}

/** A module that exports texts under their names. */
export function textModule(texts) {
  const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
  return `// Made by the build.\n${lines.join("")}`;
}

/** The name of some content: so many hexadecimal digits of its SHA-256. */
export function nameOf(...contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex").slice(0, 16);
}
