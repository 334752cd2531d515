// What goes wrong in a database worker beside SQLite: its page hears of it and acts, and no other tab does.
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
/* global db, hashi */

const statusOf = (page) => page.evaluate(() => db.status());
/** A worker may live a moment longer than its tab, and answer. */
const leads = (page) => until(async () => (await statusOf(page)).role === "leader", "the other tab leads");
const insert = (page) => page.evaluate(() => db.run("INSERT INTO t VALUES (1)").then(() => {}));
const count = async (page) => (await page.evaluate(() => db.get("SELECT count(*) AS n FROM t"))).n;

const locks = (page) => page.evaluate(async () => (await navigator.locks.query()).held.map(({ name }) => name));

/** Two tabs with a table, of which the first leads, and the worker of the second waits. */
async function pair(name) {
  const [one, two] = [await rig.opened(name), await rig.opened(name)];
  const lives = async () => (await locks(two)).filter((lock) => lock.startsWith(`hashi-sqlite:${name}:worker:`));
  await until(async () => (await lives()).length === 2, "both workers run");
  await one.evaluate(() => db.exec("CREATE TABLE t(x)"));
  return [one, two];
}

/** Workers that start from now on can't have the tab's part, which a page has already. */
const way = "**/tab/hashi_sqlite_tab_bg.wasm";
const deny = () => rig.context.route(way, (route) => route.fulfill({ status: 404, body: "" }));
const allow = () => rig.context.unroute(way);

test("a worker that can't have the tab's part says so; nothing is left behind, and the next open() may have luck", async () => {
  const page = await rig.opened("able");
  const open = () =>
    page.evaluate(() =>
      hashi.open("unable").then(
        () => "resolved",
        (error) => `${error.code}: ${error.message}`,
      ),
    );
  await deny();
  assert.match(
    await open(),
    /^no_engine: the database's tab can't be loaded in its worker from http.*hashi_sqlite_tab_bg\.wasm: ./,
  );
  await until(() => page.workers().length === 1, "the worker is gone");
  assert.deepEqual(
    (await locks(page)).filter((lock) => lock.includes("unable")),
    [],
  );
  await allow();
  assert.equal(await open(), "resolved");
  await page.close();
});

test("an open tab whose next worker can't start goes on with the leader, and leads when one can", async () => {
  const [one, two] = await pair("unable-later");
  await deny();
  const [first] = two.workers();
  await first.evaluate(() => self.close()).catch(() => {});
  await until(() => two.workers().length === 1 && two.workers()[0] !== first, "another worker");
  await insert(two);
  assert.equal((await statusOf(two)).role, "follower");
  await allow();
  const { epoch } = await statusOf(two);
  await one.close();
  await insert(two);
  await leads(two);
  assert.equal(await count(two), 2);
  assert.equal((await statusOf(two)).epoch, epoch + 1);
  await two.close();
});

test("a fault in the part of a worker that leads has its page replace it; what was acknowledged is there once", async () => {
  const [one, two] = await pair("fault-leads");
  const { epoch } = await statusOf(two);
  const [worker] = one.workers();
  await worker.evaluate(async () => {
    const { Candidate } = await import(new URL("/sqlite/tab/hashi_sqlite_tab.js", location.href).href);
    Candidate.prototype.served = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
  });
  await insert(two);
  await until(async () => (await statusOf(two)).epoch > epoch, "another leader");
  for (const page of [two, one]) await insert(page);
  assert.deepEqual([await count(one), await count(two)], [3, 3]);
  assert.ok(rig.complaints.some((line) => /the leader of fault-leads is replaced: .*unreachable/s.test(line)));
  await one.close();
  await two.close();
});

test("a fault in the part of a worker that has just got the lock costs a second, and no call", async () => {
  const [one, two] = await pair("fault-waits");
  const [worker] = two.workers();
  await worker.evaluate(() => {
    performance.now = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
  });
  const { epoch } = await statusOf(two);
  await one.close();
  await insert(two);
  await leads(two);
  assert.equal(await count(two), 1);
  assert.ok((await statusOf(two)).epoch > epoch);
  await two.close();
});
