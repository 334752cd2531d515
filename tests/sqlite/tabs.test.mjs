// Several tabs, one database: followers, hand-over, exactly once, transactions over tabs.
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
/* global db, codeOf */

const statusOf = (page) => page.evaluate(() => db.status());
/** A worker may live a moment longer than its tab, and answer. */
const leads = (page) => until(async () => (await statusOf(page)).role === "leader", "the follower leads");

/** Two tabs: the first leads, the second follows. */
async function pair(name, options) {
  const leader = await rig.opened(name, options);
  const follower = await rig.opened(name, options);
  assert.equal((await statusOf(leader)).role, "leader");
  assert.equal((await statusOf(follower)).role, "follower");
  return [leader, follower];
}

test("a follower reads and writes through the leader's worker, over a port, and loads no SQLite", async () => {
  const before = rig.asked.filter((path) => path.endsWith("hashi_sqlite_bg.wasm")).length;
  const [leader, follower] = await pair("follow");
  await follower.evaluate(() => db.exec("CREATE TABLE t(x)"));
  await leader.evaluate(() => db.run("INSERT INTO t VALUES (1)"));
  await follower.evaluate(() => db.run("INSERT INTO t VALUES (2)"));
  assert.deepEqual(await follower.evaluate(() => db.all("SELECT x FROM t ORDER BY x")), [{ x: 1 }, { x: 2 }]);
  const status = await statusOf(follower);
  assert.deepEqual([status.state, status.transport, status.clients, status.storage], ["ready", "port", 2, "opfs"]);
  assert.ok(
    rig.asked.filter((path) => path.endsWith("hashi_sqlite_bg.wasm")).length - before <= 1,
    "one SQLite for both",
  );
  await leader.close();
  await follower.close();
});

test("when the leader's tab closes the next one leads, within a moment, with all that was acknowledged", async () => {
  const [leader, follower] = await pair("handover");
  await follower.evaluate(() => db.exec("CREATE TABLE t(x INTEGER PRIMARY KEY)"));
  await follower.evaluate(async () => {
    for (let x = 1; x <= 20; x++) await db.run("INSERT INTO t VALUES (?)", [x]);
  });
  const { epoch } = await statusOf(follower);
  await leader.close();
  await follower.evaluate(() => db.run("INSERT INTO t VALUES (21)"));
  await leads(follower);
  assert.deepEqual(await follower.evaluate(() => db.get("SELECT count(*) AS n, max(x) AS x FROM t")), { n: 21, x: 21 });
  const status = await statusOf(follower);
  assert.deepEqual([status.role, status.epoch, status.transport], ["leader", epoch + 1, "worker"]);
  await follower.close();
});

test("writes that are under way while the leader goes are applied once each", async () => {
  for (const way of ["close", "reload", "terminate"]) {
    const [leader, follower] = await pair(`once-${way}`);
    const third = await rig.opened(`once-${way}`);
    await follower.evaluate(() =>
      db.exec("CREATE TABLE t(writer, n, PRIMARY KEY(writer, n)); CREATE TABLE log(writer, n)"),
    );
    const write = async (page, writer) =>
      page.evaluate(async (writer) => {
        let acknowledged = 0;
        for (let start = 0; start < 300; start += 10) {
          const calls = Array.from({ length: 10 }, (_, at) =>
            db.batch([
              { sql: "INSERT INTO t VALUES (?, ?)", params: [writer, start + at] },
              { sql: "INSERT INTO log VALUES (?, ?)", params: [writer, start + at] },
            ]),
          );
          await Promise.all(calls);
          acknowledged += calls.length;
          globalThis.acknowledged = acknowledged;
        }
        return acknowledged;
      }, writer);
    const writing = [write(follower, "follower"), write(third, "third")];
    for (const page of [follower, third]) await page.waitForFunction(() => globalThis.acknowledged > 0);
    if (way === "close") await leader.close();
    else if (way === "reload") await leader.reload();
    else await Promise.all(leader.workers().map((worker) => worker.evaluate(() => self.close()).catch(() => {})));
    assert.deepEqual(await Promise.all(writing), [300, 300], way);
    const seen = await third.evaluate(() =>
      db.get(
        "SELECT (SELECT count(*) FROM t) AS t, (SELECT count(*) FROM log) AS log, (SELECT integrity_check FROM pragma_integrity_check) AS ok",
      ),
    );
    assert.deepEqual(seen, { t: 600, log: 600, ok: "ok" }, way);
    await until(async () => (await statusOf(third)).epoch >= 2, `another leader (${way})`);
    for (const page of [leader, follower, third]) await page.close();
  }
});

test("a crashed leader is followed by another", async () => {
  const [leader, follower] = await pair("crash");
  await follower.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (1)"));
  const devtools = await rig.context.newCDPSession(leader);
  const crashed = leader.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => {});
  await crashed;
  // Tabs of one process die together; then a new tab has to find everything.
  const survivor = await until(async () => {
    const alive = await Promise.race([
      follower.evaluate(() => true).catch(() => false),
      new Promise((r) => setTimeout(r, 500)),
    ]);
    return alive ? follower : rig.opened("crash");
  }, "a tab that lives");
  assert.deepEqual(await survivor.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
  await leader.close();
  await follower.close();
  if (survivor !== follower) await survivor.close();
});

test("a transaction commits as one, is seen by others only then, and is rolled back when its callback fails", async () => {
  const [leader, follower] = await pair("transaction");
  await leader.evaluate(() => db.exec("CREATE TABLE t(x)"));
  const seen = await follower.evaluate(async () => {
    const inside = await db.transaction(async (tx) => {
      await tx.run("INSERT INTO t VALUES (1)");
      await tx.batch([{ sql: "INSERT INTO t VALUES (?)", rows: [[2], [3]] }]);
      return (await tx.get("SELECT count(*) AS n FROM t")).n;
    });
    const failed = await db
      .transaction(async (tx) => {
        await tx.run("INSERT INTO t VALUES (4)");
        throw new Error("no");
      })
      .catch((error) => error.message);
    let kept;
    await db.transaction((tx) => {
      kept = tx;
    });
    return [inside, failed, await codeOf(kept.run("INSERT INTO t VALUES (5)"))];
  });
  assert.deepEqual(seen, [3, "no", "transaction_over"]);
  assert.deepEqual(await leader.evaluate(() => db.get("SELECT count(*) AS n FROM t")), { n: 3 });
  await leader.close();
  await follower.close();
});

test("a tab that dies inside a transaction releases it, and its changes are gone", async () => {
  const [leader, follower] = await pair("dies", { busyTimeout: 10000 });
  await leader.evaluate(() => db.exec("CREATE TABLE t(x)"));
  await follower.evaluate(() => {
    db.transaction(async (tx) => {
      await tx.run("INSERT INTO t VALUES (1)");
      globalThis.inside = true;
      await new Promise(() => {});
    }).catch(() => {});
  });
  await follower.waitForFunction(() => globalThis.inside);
  const read = leader.evaluate(() => db.get("SELECT count(*) AS n FROM t"));
  await follower.close();
  assert.deepEqual(await read, { n: 0 });
  await leader.close();
});

test("a transaction whose leader goes is lost as a whole, and said so; with retries it is run again", async () => {
  for (const retries of [0, 2]) {
    const name = `lost-${retries}`;
    const [leader, follower] = await pair(name);
    await leader.evaluate(() => db.exec("CREATE TABLE t(x)"));
    await follower.evaluate(() => {
      globalThis.goOn = Promise.withResolvers();
    });
    const outcome = follower.evaluate(
      (retries) =>
        codeOf(
          db.transaction(
            async (tx) => {
              await tx.run("INSERT INTO t VALUES (1)");
              globalThis.inside = true;
              await globalThis.goOn.promise;
              await tx.run("INSERT INTO t VALUES (2)");
            },
            { retries },
          ),
        ),
      retries,
    );
    await follower.waitForFunction(() => globalThis.inside);
    await leader.close();
    await leads(follower);
    await follower.evaluate(() => globalThis.goOn.resolve());
    assert.equal(await outcome, retries ? "resolved" : "transaction_lost");
    assert.deepEqual(await follower.evaluate(() => db.get("SELECT count(*) AS n FROM t")), { n: retries ? 2 : 0 });
    await follower.close();
  }
});

test("who waits longer than busyTimeout hears busy; a call outside tx inside a transaction hears why", async () => {
  const [leader, follower] = await pair("busy", { busyTimeout: 200 });
  await leader.evaluate(() => db.exec("CREATE TABLE t(x)"));
  await leader.evaluate(() => {
    globalThis.release = Promise.withResolvers();
    globalThis.transaction = db.transaction(async (tx) => {
      await tx.run("INSERT INTO t VALUES (1)");
      globalThis.own = await db.run("INSERT INTO t VALUES (9)").catch((error) => `${error.code}: ${error.message}`);
      await globalThis.release.promise;
    });
  });
  assert.equal(await follower.evaluate(() => codeOf(db.run("INSERT INTO t VALUES (2)"))), "busy");
  await leader.evaluate(() => globalThis.release.resolve());
  await leader.evaluate(() => globalThis.transaction);
  assert.match(await leader.evaluate(() => globalThis.own), /^busy: .*inside it, use tx/);
  assert.deepEqual(await follower.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
  await leader.close();
  await follower.close();
});

test("deadlines and signals end a wait: a queued write is taken back, a running query is interrupted", async () => {
  const [leader, follower] = await pair("deadline", { busyTimeout: 10000 });
  await leader.evaluate(() => db.exec("CREATE TABLE t(x)"));
  const endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
  assert.equal(await follower.evaluate((sql) => codeOf(db.get(sql, [], { timeout: 300 })), endless), "timeout");
  const seen = await follower.evaluate(async () => {
    const release = Promise.withResolvers();
    const transaction = db.transaction(async (tx) => {
      await tx.run("INSERT INTO t VALUES (1)");
      await release.promise;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const codes = [await codeOf(db.run("INSERT INTO t VALUES (2)", [], { timeout: 100 }))];
    const controller = new AbortController();
    const aborted = db.run("INSERT INTO t VALUES (3)", [], { signal: controller.signal });
    controller.abort(new Error("enough"));
    codes.push(await aborted.catch((error) => error.message));
    codes.push(await codeOf(db.get("SELECT 1", [], { signal: AbortSignal.abort() })));
    release.resolve();
    await transaction;
    return codes;
  });
  assert.deepEqual(seen, ["timeout", "enough", "AbortError"]);
  assert.deepEqual(await follower.evaluate(() => db.all("SELECT x FROM t")), [{ x: 1 }]);
  await leader.close();
  await follower.close();
});
