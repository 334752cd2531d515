// The three hosts of guests: each takes a folder of modules and a plan, and tells what came of the work on it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { start } from "../../../bench/harness/workerd.mjs";
import { startChromium } from "../../browser/chromium.mjs";
import { work } from "./work.mjs";

const here = import.meta.dirname;

/** Bundles `contents`, a module that imports from `./work.mjs`. */
async function bundle(contents, outfile) {
  const stdin = { contents, resolveDir: here, sourcefile: "entry.mjs" };
  await build({ stdin, bundle: true, format: "esm", target: "es2024", external: ["*.wasm"], outfile });
}

/** This process. */
export async function node(folder, plan) {
  return work(async (file) => new WebAssembly.Module(readFileSync(join(folder, file))), plan);
}

/** A real workerd. It compiles no WebAssembly at run time: the modules are part of the Worker. */
export async function workerd(folder, plan) {
  const wasm = readdirSync(folder).filter((file) => file.endsWith(".wasm") && !file.endsWith(".plain.wasm"));
  const lines = wasm.map((file, index) => `import m${index} from "${file}";`);
  const entries = wasm.map((file, index) => `${JSON.stringify(file)}: m${index}`);
  await bundle(
    `import { work } from "./work.mjs";
${lines.join("\n")}
const modules = { ${entries.join(", ")} };
const plan = ${JSON.stringify(plan)};
export default { fetch: async () => Response.json(await work(async (file) => modules[file], plan)) };`,
    join(folder, "worker.js"),
  );
  const server = await start({ folder, wasm }, {});
  try {
    const response = await fetch(server.origin);
    if (!response.ok) throw new Error(`workerd answered with ${response.status}: ${server.said()}`);
    return await response.json();
  } finally {
    await server.stop();
  }
}

/** A real Chromium. */
export async function chromium(folder, plan) {
  const site = mkdtempSync(join(tmpdir(), "hashi-hosts-"));
  const server = createServer((request, response) => {
    const file = request.url.slice(1);
    if (file === "") response.setHeader("content-type", "text/html").end("<!doctype html><title>metering</title>");
    else if (file === "page.js")
      response.setHeader("content-type", "text/javascript").end(readFileSync(join(site, file)));
    else if (file.endsWith(".wasm")) response.end(readFileSync(join(folder, file)));
    else response.writeHead(404).end();
  });
  let browser;
  try {
    await bundle('export { work } from "./work.mjs";', join(site, "page.js"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    browser = await startChromium();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(async (plan) => {
      const page = "/page.js";
      const { work } = await import(page);
      const load = async (file) => WebAssembly.compile(await (await fetch(file)).arrayBuffer());
      return await work(load, plan);
    }, plan);
  } finally {
    await browser?.close();
    server.closeAllConnections();
    server.close();
    rmSync(site, { recursive: true, force: true });
  }
}
