// What a page's own code does with the tab's wasm: callbacks that throw, clients opened and closed for ever, a fetch that hangs, a fault.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig, until } from "./rig.mjs";

/** @type {Awaited<ReturnType<typeof startRig>>} */
let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

/* The functions given to evaluate run in the page, where these are globals. */
/* global db, hashi, open_, codeOf */

test("listeners that throw are the page's trouble alone: all others hear, and the database goes on", async () => {
  const page = await rig.opened("throwing");
  const { heard, sum } = await page.evaluate(async () => {
    globalThis.onerror = () => true;
    let heard = 0;
    db.onChange(() => {
      throw new Error("not mine");
    });
    db.onChange(() => {
      heard++;
    });
    const channel = new BroadcastChannel("hashi-sqlite:throwing");
    // More than the tab's stack would hold if each left something there.
    for (let at = 0; at < 30_000; at++) channel.postMessage(["changed", 1, at, ["t"]]);
    while (heard < 30_000) await new Promise((resolve) => setTimeout(resolve, 20));
    channel.close();
    return { heard, sum: await db.get("SELECT 1 + 1 AS sum") };
  });
  assert.equal(heard, 30_000);
  assert.deepEqual(sum, { sum: 2 });
  await page.close();
});

test("a client that is closed is collected, and says that it is closed", async () => {
  const page = await rig.tab();
  const [said, status] = await page.evaluate(async () => {
    globalThis.gone = [];
    for (let at = 0; at < 10; at++) {
      const database = await hashi.open("collected");
      await database.run("CREATE TABLE IF NOT EXISTS t(x)");
      await database.close();
      await database.close();
      globalThis.gone.push(new WeakRef(database));
    }
    const last = globalThis.gone.at(-1).deref();
    const told = ({ code, message }) => `${code}: ${message}`;
    return [await last.run("SELECT 1").then(String, told), await last.status()];
  });
  assert.equal(said, "closed: the database was closed: open() it again");
  assert.deepEqual([status.state, status.storage, status.queue.pending], ["closed", "opfs", 0]);
  const devtools = await rig.context.newCDPSession(page);
  await until(async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    return page.evaluate(() => globalThis.gone.every((client) => client.deref() === undefined));
  }, "all ten are collected");
  await page.close();
});

test("opening takes no longer than it may, also while the tab's wasm doesn't come", async () => {
  const page = await rig.tab();
  const come = [];
  await rig.context.route("**/tab/hashi_sqlite_tab_bg.wasm", async (route) => {
    await new Promise((resolve) => come.push(resolve));
    await route.continue().catch(() => {});
  });
  const said = await page.evaluate(() =>
    hashi.open("slow", { openTimeout: 300 }).then(
      () => "resolved",
      (error) => `${error.code}: ${error.message}`,
    ),
  );
  assert.equal(said, "open_timeout: not open after 300 ms: the database's tab is still being fetched");
  await until(() => page.workers().length === 0, "the worker is gone");
  // The page's own request and its worker's.
  for (const each of come) each();
  await rig.context.unroute("**/tab/hashi_sqlite_tab_bg.wasm");
  await page.evaluate(() => open_("slow").then(() => {}));
  assert.deepEqual(await page.evaluate(() => db.get("SELECT 1 AS one")), { one: 1 });
  await page.close();
});

test("a fault in the tab's wasm ends what waits there, with its reason, and the next tab leads", async () => {
  const [page, other] = [await rig.opened("fault"), await rig.tab()];
  await page.evaluate(() => db.exec("CREATE TABLE t(x)"));
  await other.evaluate(() => open_("fault").then(() => {}));
  const codes = await page.evaluate(async () => {
    const { Tab } = await import("/sqlite/tab/hashi_sqlite_tab.js");
    const { settle } = Tab.prototype;
    Tab.prototype.settle = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    const waiting = [db.run("INSERT INTO t VALUES (1)"), db.get("SELECT 1")].map(codeOf);
    const codes = [...(await Promise.all(waiting)), await codeOf(db.get("SELECT 1"))];
    Tab.prototype.settle = settle;
    await db.close();
    return [...codes, (await db.status()).state];
  });
  assert.deepEqual(codes, ["internal", "internal", "internal", "closed"]);
  assert.ok(rig.complaints.some((line) => line.includes("the database's tab failed, reload the page: unreachable")));
  await other.evaluate(() => db.run("INSERT INTO t VALUES (2)").then(() => {}));
  // A worker that was terminated may live a moment longer, and answer.
  await until(() => other.evaluate(async () => (await db.status()).role === "leader"), "the next tab leads");
  await page.close();
  await other.close();
});
