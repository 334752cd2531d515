// js/guest and what serves it as one text, which every isolate that runs a guest is loaded with.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../setup/paths.mjs";
import { Report } from "../setup/report.mjs";
import { bundleModule, nameOf, textModule } from "./module.mjs";
import { replaceFolder } from "./replace.mjs";
import { size } from "./sizes.mjs";

/** Makes build/glue/glue.js: `text` is an ES module that exports what js/isolate/serve.js does, `version` its name. */
export async function buildGlue(report = new Report()) {
  const folder = join(root, "build", "glue");
  const partial = `${folder}.partial-${process.pid}`;
  const text = await bundleModule("js/isolate/serve.js");
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, "glue.js"), textModule({ text, version: nameOf(text) }));
  replaceFolder(partial, folder);
  report.line(`build: ${relative(root, folder)} is ready: ${size(Buffer.from(text))}`);
}
