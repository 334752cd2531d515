// When something is missing, full, frozen, hung or dead: it is said so, and what the platform allows is done.
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
/* global db, hashi, codeOf */

const statusOf = (page) => page.evaluate(() => db.status());
const work = async (page) => {
  await page.evaluate(() => db.exec("CREATE TABLE IF NOT EXISTS t(x); INSERT INTO t VALUES (1)"));
  return (await page.evaluate(() => db.get("SELECT count(*) AS n FROM t"))).n;
};

const targets = async (devtools) => (await devtools.send("Target.getTargets")).targetInfos;

/** The browser's only target of a type, once those of pages that were closed are gone. */
const only = (devtools, type) =>
  until(async () => {
    const [target, ...others] = (await targets(devtools)).filter((each) => each.type === type);
    return others.length === 0 && target;
  }, `there is one ${type}`);

/** A tab that has its part of the database already: fetching it is in the time for opening, too. */
async function loaded() {
  const page = await rig.tab();
  await page.evaluate(async () => (await hashi.open("other", { storage: "memory" })).close());
  return page;
}

test("without SharedWorker a BroadcastChannel carries the same calls, hand-over included", async () => {
  const [one, two] = [await rig.opened("broadcast"), await rig.tab()];
  await two.evaluate(async () => {
    globalThis.SharedWorker = undefined;
    await open_("broadcast");
  });
  assert.equal(await work(two), 1);
  assert.equal((await statusOf(two)).transport, "broadcast");
  const many = await two.evaluate(async () => {
    const rows = Array.from({ length: 1000 }, (_, n) => [n, new Uint8Array([n])]);
    await db.exec("CREATE TABLE many(n, b)");
    await db.batch([{ sql: "INSERT INTO many VALUES (?, ?)", rows }]);
    return (await db.all("SELECT * FROM many")).length;
  });
  assert.equal(many, 1000);
  await one.close();
  assert.equal(await work(two), 2);
  await until(async () => (await statusOf(two)).role === "leader", "the next leader");
  await two.close();
});

test("a dead broker is replaced: tabs that have their ports go on, new tabs find the leader", async () => {
  const [one, two] = [await rig.opened("broker"), await rig.opened("broker")];
  const browser = rig.context.browser() ?? one.context().browser();
  const devtools = browser ? await browser.newBrowserCDPSession() : await rig.context.newCDPSession(one);
  const broker = await only(devtools, "shared_worker");
  const { sessionId } = await devtools.send("Target.attachToTarget", { targetId: broker.targetId, flatten: false });
  const expression = "setTimeout(() => self.close(), 100)";
  const message = JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } });
  await devtools.send("Target.sendMessageToTarget", { sessionId, message });
  // The next broker would wait for whoever is attached to this one.
  await devtools.send("Target.detachFromTarget", { sessionId });
  const isBroker = ({ targetId }) => targetId === broker.targetId;
  await until(async () => !(await targets(devtools)).some(isBroker), "the broker is gone");
  assert.equal(await work(two), 1);
  const three = await rig.opened("broker");
  assert.equal(await work(three), 2);
  assert.equal((await statusOf(three)).transport, "port", "through a new broker");
  await one.close();
  assert.equal(await work(three), 3);
  assert.equal((await statusOf(two)).state, "ready");
  await two.close();
  await three.close();
});

test("a frozen leader is said to be unresponsive, with advice; calls fail in time; it goes on when it thaws", async () => {
  const options = { unresponsiveAfter: 300, timeout: 1000 };
  const one = await rig.opened("frozen", options);
  // Chromium's own freezing leaves workers running when it is asked for from outside: a debugger that pauses one doesn't.
  const devtools = await rig.context.browser().newBrowserCDPSession();
  const worker = await only(devtools, "worker");
  const two = await rig.opened("frozen", options);
  assert.equal(await work(two), 1);
  const { sessionId } = await devtools.send("Target.attachToTarget", { targetId: worker.targetId, flatten: false });
  const tell = (id, method) =>
    devtools.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method }) });
  await tell(1, "Debugger.enable");
  await tell(2, "Debugger.pause");
  const failure = await two.evaluate(() =>
    db.run("INSERT INTO t VALUES (2)").then(
      () => "resolved",
      ({ code, outcome }) => [code, outcome],
    ),
  );
  assert.deepEqual(failure, ["leader_unresponsive", "unknown"]);
  const status = await statusOf(two);
  assert.deepEqual([status.state, status.sizes], ["unresponsive", null]);
  assert.match(status.advice, /frozen or busy.*Bring it to the front/s);
  const late = await loaded();
  const refused = await late.evaluate(() => hashi.open("frozen", { openTimeout: 500 }).catch(({ message }) => message));
  assert.match(refused, /another tab holds the database, and the tab that leads gives no sign of life/);
  await devtools.send("Target.detachFromTarget", { sessionId });
  await until(async () => (await statusOf(two)).state === "ready", "the leader answers again");
  assert.equal((await statusOf(two)).role, "follower", "nobody took its place");
  // The first message stopped the worker; what came later than its deadline was not begun.
  const { n } = await two.evaluate(() => db.get("SELECT count(*) AS n FROM t"));
  assert.equal(n, 1);
  for (const page of [one, two, late]) await page.close();
});

test("a leader whose worker hangs is replaced by its own tab", async () => {
  const options = { unresponsiveAfter: 300, hangAfter: 2000, timeout: 0 };
  const [one, two] = [await rig.opened("hang", options), await rig.opened("hang", options)];
  assert.equal(await work(two), 1);
  const { epoch } = await statusOf(two);
  // A query without end and without a deadline, from a tab that doesn't live to send it again.
  const three = await rig.opened("hang", options);
  await three.evaluate(() => {
    db.get("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n");
  });
  await until(async () => (await statusOf(two)).silentFor > 600, "the leader has begun it");
  await three.close();
  assert.equal(await work(two), 2);
  const status = await statusOf(two);
  assert.ok(status.epoch > epoch, "a new leader");
  assert.equal(status.role, "leader", "the tab that was next in line");
  assert.equal(await work(one), 3);
  await one.close();
  await two.close();
});

test("a worker that somebody terminated is replaced, in a leader and in a follower", async () => {
  const [one, two] = [await rig.tab(), await rig.tab()];
  for (const page of [one, two]) {
    await page.evaluate(async () => {
      globalThis.workers = [];
      const { Worker } = globalThis;
      globalThis.Worker = class extends Worker {
        constructor(...args) {
          super(...args);
          globalThis.workers.push(this);
        }
      };
      await open_("terminated");
    });
  }
  assert.equal(await work(two), 1);
  await two.evaluate(() => globalThis.workers.at(-1).terminate());
  await one.evaluate(() => globalThis.workers.at(-1).terminate());
  assert.equal(await work(two), 2);
  await one.close();
  assert.equal(await work(two), 3);
  await two.close();
});

test("no room is said as quota_exceeded, nothing of the call stays, and it goes on when there is room", async () => {
  const page = await rig.opened("quota");
  assert.equal(await work(page), 1);
  const devtools = await rig.context.newCDPSession(page);
  const origin = new URL(rig.url).origin;
  const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin });
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 100_000 });
  const failure = await page.evaluate(() =>
    db
      .batch([{ sql: "INSERT INTO t VALUES (?)", rows: Array.from({ length: 200 }, () => [new Uint8Array(100_000)]) }])
      .then(
        () => "resolved",
        (error) => [error.code, error.outcome, error.message],
      ),
  );
  assert.deepEqual(failure.slice(0, 2), ["quota_exceeded", "none"]);
  assert.match(failure[2], /MB of .* MB are in use/);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  assert.equal(await work(page), 2);
  assert.equal((await page.evaluate(() => db.get("PRAGMA integrity_check"))).integrity_check, "ok");
  await page.close();
});

test("a database for whose opening there is no room is refused with quota_exceeded, and opens when there is", async () => {
  const page = await rig.opened("cramped");
  assert.equal(await work(page), 1);
  await page.evaluate(() => db.close());
  const devtools = await rig.context.newCDPSession(page);
  const origin = new URL(rig.url).origin;
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const failure = await page.evaluate(() =>
    hashi.open("cramped").then(
      () => "resolved",
      (error) => `${error.code}: ${error.message}`,
    ),
  );
  assert.match(failure, /^quota_exceeded: .*MB of .* MB are in use/);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  await page.evaluate(() => open_("cramped").then(() => {}));
  assert.equal(await work(page), 2);
  await page.close();
});

test("without OPFS open() fails; memory only for who asks, said so, and shared by tabs while its tab lives", async () => {
  // A worker's own globals can't be reached from outside before it runs: what the page serves it is changed instead.
  const context = rig.context;
  await context.route("**/sqlite/worker.js", async (route) => {
    const response = await route.fetch();
    const body = `StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("denied", "SecurityError"));\n`;
    await route.fulfill({ response, body: (await response.text()) + body });
  });
  const [one, two] = [await rig.tab(), await rig.tab()];
  assert.equal(await one.evaluate(() => codeOf(hashi.open("private"))), "no_opfs");
  await one.evaluate(() => open_("private", { storage: "opfs-or-memory" }).then(() => {}));
  assert.equal((await statusOf(one)).storage, "memory");
  assert.equal(await work(one), 1);
  assert.equal(await two.evaluate(() => codeOf(hashi.open("private"))), "no_opfs");
  await context.unroute("**/sqlite/worker.js");
  await two.evaluate(() => open_("volatile", { storage: "memory" }).then(() => {}));
  const three = await rig.opened("volatile", { storage: "memory" });
  assert.equal(await work(three), 1);
  assert.equal(await work(two), 2);
  await two.close();
  await until(async () => (await statusOf(three)).role === "leader", "the next leader");
  assert.equal(await three.evaluate(() => codeOf(db.all("SELECT * FROM t"))), "sql", "the table went with its tab");
  await one.close();
  await three.close();
});

test("an engine that can't be fetched is said to be that, and no reason to go on in memory", async () => {
  const page = await rig.tab();
  for (const file of ["hashi_sqlite.js", "hashi_sqlite_bg.wasm"]) {
    const way = `**/engine/${file}`;
    await rig.context.route(way, (route) => route.fulfill({ status: 404, body: "" }));
    for (const storage of /** @type {const} */ (["opfs", "opfs-or-memory", "memory"])) {
      const failure = await page.evaluate(
        (storage) =>
          hashi.open("missing", { storage }).then(
            () => "resolved",
            (error) => `${error.code}: ${error.message}`,
          ),
        storage,
      );
      assert.match(
        failure,
        /^no_engine: SQLite can't be loaded from http.*hashi_sqlite_bg\.wasm: ./,
        `${file}, ${storage}`,
      );
    }
    await rig.context.unroute(way);
  }
  await page.evaluate(() => open_("missing").then(() => {}));
  assert.equal(await work(page), 1);
  await page.close();
});

test("a tab whose own wasm can't be had says so, leaves nothing behind, and opens when it can be", async () => {
  const page = await rig.tab();
  const open = () =>
    page.evaluate(() =>
      hashi.open("tabless").then(
        () => "resolved",
        (error) => `${error.code}: ${error.message}`,
      ),
    );
  await rig.context.route("**/tab/hashi_sqlite_tab_bg.wasm", (route) => route.fulfill({ status: 404, body: "" }));
  assert.match(
    await open(),
    /^no_engine: the database's tab can't be loaded from http.*hashi_sqlite_tab_bg\.wasm: .*'wasm-unsafe-eval'/,
  );
  await until(() => page.workers().length === 0, "the worker is gone");
  await rig.context.unroute("**/tab/hashi_sqlite_tab_bg.wasm");
  assert.equal(await open(), "resolved");
  await page.close();
});

test("a page with a Content-Security-Policy needs wasm-unsafe-eval, and is told so where it lacks it", async () => {
  const page = await rig.context.newPage();
  for (const [sources, expected] of [
    ["'self' 'unsafe-inline'", /^no_engine: .*needs 'wasm-unsafe-eval' in its script-src/],
    ["'self' 'unsafe-inline' 'wasm-unsafe-eval'", /^resolved$/],
  ]) {
    await rig.context.route(rig.url, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": `script-src ${sources}` };
      await route.fulfill({ response, headers });
    });
    await page.goto(rig.url);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).ready);
    const said = await page.evaluate(async () => {
      try {
        const database = await hashi.open("policy");
        await database.close();
        return "resolved";
      } catch (error) {
        return `${error.code}: ${error.message}`;
      }
    });
    assert.match(said, /** @type {RegExp} */ (expected));
    await rig.context.unroute(rig.url);
  }
  await page.close();
});

test("a tab that nobody answers gives up opening in time, and says why", async () => {
  const page = await loaded();
  const failure = await page.evaluate(async () => {
    navigator.locks.request("hashi-sqlite:held", () => new Promise(() => {}));
    return hashi.open("held", { openTimeout: 300 }).then(
      () => "resolved",
      (error) => `${error.code}: ${error.message}`,
    );
  });
  assert.match(failure, /^open_timeout: not open after 300 ms: another tab holds the database/);
  await page.close();
});

test("close frees lock, file and worker at once; remove deletes a closed database and refuses an open one", async () => {
  const [one, two] = [await rig.opened("closing"), await rig.tab()];
  assert.equal(await work(one), 1);
  assert.equal(await two.evaluate(() => codeOf(hashi.remove("closing"))), "in_use");
  await one.evaluate(() => hashi.closeAll());
  await until(() => one.workers().length === 0, "the worker is gone");
  const held = await one.evaluate(async () => (await navigator.locks.query()).held.map(({ name }) => name));
  assert.deepEqual(
    held.filter((name) => name.includes("closing")),
    [],
  );
  await two.evaluate(() => open_("closing").then(() => {}));
  assert.equal(await work(two), 2);
  await two.evaluate(() => db.close());
  await two.evaluate(() => hashi.remove("closing"));
  await two.evaluate(() => open_("closing").then(() => {}));
  assert.equal(await two.evaluate(() => codeOf(db.all("SELECT * FROM t"))), "sql");
  await one.close();
  await two.close();
});
