// Vite, without a plugin or an option: a build of a page that uses the package, and modules that are replaced while the page lives.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer as listen } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, createServer, preview } from "vite";
import { startRig, until } from "../rig.mjs";

const built = fileURLToPath(new URL("../../../build/sqlite", import.meta.url));
const page = fileURLToPath(new URL("page", import.meta.url));

/** @type {Awaited<ReturnType<typeof startRig>>} */
let rig;
let root;
before(async () => {
  rig = await startRig();
  // Vite keeps its files beside a project's: a project of its own, with the package installed and, to be edited, as source.
  root = mkdtempSync(join(tmpdir(), "hashi-vite-"));
  cpSync(page, root, { recursive: true });
  cpSync(built, join(root, "sqlite"), { recursive: true });
  cpSync(built, join(root, "node_modules", "@hashi", "sqlite"), { recursive: true });
});
after(async () => {
  await rig?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});

/* The functions given to evaluate run in the page, where these are globals. */
/* global db */

async function freePort() {
  const server = listen();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const config = () => ({ root, configFile: /** @type {const} */ (false), logLevel: /** @type {const} */ ("warn") });
const listening = async () => ({ host: "127.0.0.1", port: await freePort(), strictPort: true });

async function develop() {
  const server = await createServer({ ...config(), server: await listening() });
  await server.listen();
  return server;
}

/** A tab at an address, with a database open if it is named. */
async function tab(url, name) {
  const page = await rig.context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => /** @type {any} */ (globalThis).ready);
  if (name) await page.evaluate((name) => /** @type {any} */ (globalThis).open_(name), name);
  return page;
}

const statusOf = (page) => page.evaluate(() => db.status());

/** Two tabs share a database through all that a page fetches: worker, broker, SQLite. */
async function share(url, name) {
  const [one, two] = [await tab(url, name), await tab(url, name)];
  await two.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (1)"));
  assert.deepEqual(await one.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
  const [leader, follower] = [await statusOf(one), await statusOf(two)];
  assert.deepEqual([leader.role, leader.storage, leader.transport], ["leader", "opfs", "worker"]);
  assert.deepEqual([follower.role, follower.transport], ["follower", "port"]);
  await one.close();
  await until(async () => (await statusOf(two)).role === "leader", "the other tab leads");
  assert.deepEqual(await two.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
  await two.close();
}

test("a build finds the package's workers and its wasm by their addresses", async () => {
  await build(config());
  const assets = readdirSync(join(root, "dist", "assets")).map((name) => name.replace(/-[\w-]{8}\./, "."));
  for (const name of ["broker.js", "worker.js", "hashi_sqlite.js", "hashi_sqlite_bg.wasm", "hashi_sqlite_tab_bg.wasm"])
    assert.equal(assets.filter((asset) => asset === name).length, 1, `${name} among ${assets.join(", ")}`);
  const server = await preview({ ...config(), preview: await listening() });
  try {
    await share(server.resolvedUrls.local[0], "vite-build");
  } finally {
    await server.close();
  }
});

test("the development server gives out the package from node_modules", async () => {
  const server = await develop();
  try {
    await share(server.resolvedUrls.local[0], "vite-dev");
  } finally {
    await server.close();
  }
});

for (const [name, what] of [
  ["itself", "with the module that imports it"],
  ["dependency", "under a module that stays"],
])
  test(`a package that is replaced ${what} leaves nothing open, and another tab leads`, async () => {
    const server = await develop();
    try {
      const [url] = server.resolvedUrls.local;
      const database = `hot-${name}`;
      const one = await tab(`${url}${name}.html`, database);
      await one.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (1)"));
      // Its package is the installed one, which nobody edits.
      const two = await tab(url, database);
      assert.deepEqual([(await statusOf(one)).role, (await statusOf(two)).role], ["leader", "follower"]);
      const client = Number.parseInt(await one.evaluate(() => db.id), 16);
      appendFileSync(join(root, "sqlite", "index.js"), "\n");
      await one.waitForFunction(() => /** @type {any} */ (globalThis).replaced === 1);
      await until(async () => (await statusOf(two)).role === "leader", "the other tab leads");
      assert.deepEqual(await two.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
      assert.equal(await one.evaluate(() => db.get("SELECT 1").catch(({ code }) => code)), "closed");
      await until(() => one.workers().length === 0, "the worker is gone");
      const held = await two.evaluate(async () => (await navigator.locks.query()).held.map(({ name }) => name));
      assert.deepEqual(
        held.filter((lock) => lock.includes(`:${client}`)),
        [],
      );
      await one.close();
      await two.close();
    } finally {
      await server.close();
    }
  });
