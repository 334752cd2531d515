// A real Chromium with one profile on disk, and a server that gives its pages the built browser database.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = join(root, "build", "sqlite");
const places = [process.env.CHROME, "/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
const types = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".html": "text/html",
  ".json": "application/json",
};
const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
const moreFlags = ["--disable-sync", "--no-first-run", "--disable-backgrounding-occluded-windows"];

/** A page's script: the database under `hashi`, what a test opens under `db`. */
const html = `<!doctype html><meta charset="utf-8"><title>tab</title><script type="module">
  globalThis.hashi = await import("/sqlite/index.js");
  globalThis.opened = {};
  globalThis.open_ = async (name, options) => (globalThis.db = globalThis.opened[name] = await hashi.open(name, options));
  globalThis.codeOf = (promise) => promise.then(() => "resolved", (error) => (error instanceof DOMException ? error.name : error.code));
  globalThis.ready = true;
</script>`;

async function serve() {
  /** @type {string[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    asked.push(path);
    if (!path.startsWith("/sqlite/")) return response.writeHead(200, { "content-type": "text/html" }).end(html);
    try {
      const body = await readFile(join(built, path.slice("/sqlite/".length)));
      response.writeHead(200, {
        "content-type": types[extname(path)] ?? "application/octet-stream",
        "cache-control": "max-age=3600",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return {
    server,
    asked,
    url: `http://localhost:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`,
  };
}

/** Starts both; `tab()` opens a page, `complaints` has what pages wrote to the console. */
export async function startRig() {
  assert.ok(existsSync(join(built, "index.js")), "the browser database is not built: npm run build:sqlite");
  const executablePath = places.find((path) => path && existsSync(path));
  assert.ok(executablePath, "no Chromium: apt-get install chromium, or set CHROME to the path of one");
  const { server, asked, url } = await serve();
  const profile = mkdtempSync(join(tmpdir(), "hashi-sqlite-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...flags, ...moreFlags] });
  /** @type {string[]} */
  const complaints = [];
  async function tab() {
    const page = await context.newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).ready);
    return page;
  }
  return {
    context,
    url,
    asked,
    complaints,
    tab,
    /** A tab with the database open. */
    async opened(name, options = {}) {
      const page = await tab();
      await page.evaluate(
        ([name, options]) => /** @type {any} */ (globalThis).open_(name, options).then(() => {}),
        [name, options],
      );
      return page;
    },
    async stop() {
      await context.close();
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Waits until `check` gives something true; fails with `what` after `limit` milliseconds. */
export async function until(check, what, limit = 5000) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await check();
    if (seen) return seen;
    if (Date.now() > end) assert.fail(`after ${limit} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
