// What is taken back is gone, at the leader too, and no signal is remembered by a call that is over.
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

test("a transaction whose signal aborts while BEGIN is under way runs no callback and leaves none open", async () => {
  const page = await rig.opened("begin");
  const seen = await page.evaluate(async () => {
    let ran = false;
    const abort = new AbortController();
    const transaction = db.transaction(
      () => {
        ran = true;
      },
      { signal: abort.signal },
    );
    abort.abort();
    return [await codeOf(transaction), ran, (await db.status()).queue.transaction];
  });
  assert.deepEqual(seen, ["AbortError", false, false]);
  await page.close();
});

test("an iteration that is left while its leader is silent leaves no rows at the leader", async () => {
  const options = { unresponsiveAfter: 100 };
  const [leader, follower] = [await rig.opened("left", options), await rig.opened("left", options)];
  const many = (rows) =>
    `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ${rows}) SELECT x FROM n`;
  await follower.evaluate(async (sql) => {
    const { call } = db;
    db.call = async (...call_) => {
      const answer = await call(...call_);
      globalThis.first ??= answer;
      return answer;
    };
    globalThis.rows = db.iterate(sql);
    await globalThis.rows.next();
    // An iteration is known by the id of its first answer; a second chunk is on its way by now.
    globalThis.cursor = globalThis.first[0];
  }, many(200_000));
  const busy = leader.evaluate((sql) => db.get(`SELECT count(*) FROM (${sql})`).then(() => {}), many(20_000_000));
  const silence = () => follower.evaluate(() => db.status().then(({ silentFor }) => silentFor));
  await until(async () => (await silence()) > 200, "the leader is silent");
  await follower.evaluate(() => globalThis.rows.return());
  await busy;
  const next = await follower.evaluate(async () => {
    const { epoch } = await db.status();
    return codeOf(db.call(7, globalThis.cursor, undefined, undefined, { epoch, reads: true }));
  });
  assert.equal(next, "leader_lost");
  await leader.close();
  await follower.close();
});

test("a signal that outlives its calls has no listener left", async () => {
  const page = await rig.opened("listeners");
  const left = await page.evaluate(async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const listeners = new Set();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (type, listener, ...more) => {
      listeners.add(listener);
      addEventListener.call(signal, type, listener, ...more);
    };
    signal.removeEventListener = (type, listener, ...more) => {
      listeners.delete(listener);
      removeEventListener.call(signal, type, listener, ...more);
    };
    await db.exec("CREATE TABLE t(x)", { signal });
    const most = [db.get("SELECT 1", [], { signal }), db.get("SELEKT", [], { signal }).catch(() => {})];
    const during = listeners.size;
    await Promise.all(most);
    await db.transaction((tx) => tx.run("INSERT INTO t VALUES (1)", [], { signal }), { signal });
    await db.get("SELECT 1", [], { signal, timeout: 0.001 }).catch(() => {});
    await new Promise((told) => {
      const stop = db.subscribe("SELECT * FROM t", [], () => told(stop), { signal });
    }).then((stop) => stop());
    const stopped = listeners.size;
    const given = db.get("SELECT 1", [], { signal });
    abort.abort();
    return [during, stopped, await codeOf(given), listeners.size];
  });
  assert.deepEqual(left, [2, 0, "AbortError", 0]);
  await page.close();
});
