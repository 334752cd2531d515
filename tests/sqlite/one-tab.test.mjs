// One tab: what goes in comes out, what is wrong is refused by name, what was committed is there after a reload.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./rig.mjs";

/** @type {Awaited<ReturnType<typeof startRig>>} */
let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

/* The functions given to evaluate run in the page, where these are globals. */
/* global db, hashi, codeOf */

test("every type comes back as it was bound", async () => {
  const page = await rig.opened("types");
  const rows = await page.evaluate(async () => {
    await db.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, value)");
    const values = [null, 0, -7, 2 ** 53 - 1, 2 ** 53, 0.5, "", "橋🌉", "\uFEFFmark", "a\0b", true];
    for (const value of values) await db.run("INSERT INTO t(value) VALUES (?)", [value]);
    await db.run("INSERT INTO t(value) VALUES (:wide)", { wide: 2n ** 63n - 1n });
    await db.run("INSERT INTO t(value) VALUES ($blob)", { blob: new Uint8Array([0, 1, 255]) });
    const show = (value) =>
      typeof value === "bigint" ? `${value}n` : value instanceof Uint8Array ? [...value].join() : value;
    return (await db.all("SELECT value, typeof(value) AS type FROM t ORDER BY id")).map((row) => [
      show(row.value),
      row.type,
    ]);
  });
  assert.deepEqual(rows, [
    [null, "null"],
    [0, "integer"],
    [-7, "integer"],
    [2 ** 53 - 1, "integer"],
    [2 ** 53, "real"],
    [0.5, "real"],
    ["", "text"],
    ["橋🌉", "text"],
    ["\uFEFFmark", "text"],
    ["a\0b", "text"],
    [1, "integer"],
    ["9223372036854775807n", "integer"],
    ["0,1,255", "blob"],
  ]);
  await page.close();
});

test("many rows come as one block, with the same values as few rows have", async () => {
  const page = await rig.opened("block");
  const same = await page.evaluate(async () => {
    await db.exec("CREATE TABLE t(a INTEGER, b TEXT, c REAL, d BLOB)");
    const rows = Array.from({ length: 500 }, (_, n) => [
      n % 3 ? n : null,
      `é橋${n}🌉`,
      n / 7,
      new Uint8Array([n % 256]),
    ]);
    const [{ changes }] = await db.batch([{ sql: "INSERT INTO t VALUES (?, ?, ?, ?)", rows }]);
    const all = await db.values("SELECT * FROM t ORDER BY rowid");
    const one = [];
    for (let n = 1; n <= 500; n += 99) one.push((await db.values("SELECT * FROM t WHERE rowid = ?", [n])).rows[0]);
    const plain = (row) => JSON.stringify([...row.slice(0, 3), [...row[3]]]);
    return {
      changes,
      columns: all.columns,
      all: all.rows.every((row, at) => plain(row) === plain(rows[at])),
      one: one.every((row, at) => plain(row) === plain(rows[at * 99])),
    };
  });
  assert.deepEqual(same, { changes: 500, columns: ["a", "b", "c", "d"], all: true, one: true });
  await page.close();
});

test("run tells what it did, get gives the first row or undefined, RETURNING gives rows", async () => {
  const page = await rig.opened("run");
  const seen = await page.evaluate(async () => {
    await db.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
    return [
      await db.run("INSERT INTO t(x) VALUES (1), (2)"),
      await db.run("UPDATE t SET x = x + 1 WHERE x > 5"),
      await db.get("SELECT x FROM t ORDER BY x DESC"),
      await db.get("SELECT x FROM t WHERE x = 9"),
      await db.all("DELETE FROM t RETURNING x"),
      await db.all("SELECT * FROM t"),
    ];
  });
  assert.deepEqual(seen, [
    { changes: 2, lastInsertRowid: 2 },
    { changes: 0, lastInsertRowid: 2 },
    { x: 2 },
    undefined,
    [{ x: 1 }, { x: 2 }],
    [],
  ]);
  await page.close();
});

test("FTS5, JSON and math are in", async () => {
  const page = await rig.opened("fts");
  const seen = await page.evaluate(async () => {
    await db.exec("CREATE VIRTUAL TABLE doc USING fts5(body); INSERT INTO doc VALUES ('the bridge'), ('the edge')");
    return [
      await db.get("SELECT body FROM doc WHERE doc MATCH 'bridge'"),
      await db.get(`SELECT json_extract('{"a":[1,2]}', '$.a[1]') AS two, round(pi(), 2) AS pi`),
    ];
  });
  assert.deepEqual(seen, [{ body: "the bridge" }, { two: 2, pi: 3.14 }]);
  await page.close();
});

test("what is wrong is refused with a code and a sentence, and nothing of it stays", async () => {
  const page = await rig.opened("wrong");
  const seen = await page.evaluate(async () => {
    await db.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, x NOT NULL)");
    const calls = {
      syntax: () => db.all("SELEKT 1"),
      table: () => db.all("SELECT * FROM missing"),
      constraint: () => db.run("INSERT INTO t(x) VALUES (?)", [null]),
      few: () => db.run("INSERT INTO t(x) VALUES (?)", []),
      unnamed: () => db.run("INSERT INTO t(x) VALUES (:x)", { y: 1 }),
      undefined: () => db.run("INSERT INTO t(x) VALUES (?)", [undefined]),
      wide: () => db.run("INSERT INTO t(x) VALUES (?)", [2n ** 63n]),
      two: () => db.run("INSERT INTO t(x) VALUES (1); INSERT INTO t(x) VALUES (2)"),
      begin: () => db.exec("INSERT INTO t(x) VALUES (1); BEGIN"),
      savepoint: () => db.run("SAVEPOINT s"),
      attach: () => db.exec("ATTACH 'other.db' AS other"),
      temporary: () => db.exec("CREATE TEMP TABLE u(x)"),
      pragma: () => db.exec("PRAGMA journal_mode = DELETE"),
      own: () => db.run("DELETE FROM _hashi_ledger"),
      batch: () => db.batch(["INSERT INTO t(x) VALUES (1)", { sql: "INSERT INTO t(x) VALUES (?)", params: [null] }]),
      width: () => db.batch([{ sql: "INSERT INTO t(id, x) VALUES (?, ?)", rows: [[1], [2]] }]),
      nan: () => db.run("INSERT INTO t(x) VALUES (?)", [Number.NaN]),
      nanRow: () =>
        db.batch([
          {
            sql: "INSERT INTO t(id, x) VALUES (?, ?)",
            rows: [
              [1, 2],
              [2, Number.NaN],
            ],
          },
        ]),
      option: () => hashi.open("x", { tiemout: 5 }),
    };
    const codes = {};
    for (const [name, call] of Object.entries(calls))
      codes[name] = await Promise.resolve()
        .then(call)
        .then(
          () => "resolved",
          (error) => `${error.code}: ${error.message}`,
        );
    return { codes, rows: await db.all("SELECT * FROM t") };
  });
  assert.deepEqual(seen.rows, []);
  const expected = {
    syntax: /^sql: near "SELEKT": syntax error/,
    table: /^sql: no such table: missing/,
    constraint: /^constraint: NOT NULL constraint failed: t.x/,
    few: /^parameter: the statement has 1 parameters, and 0 were given/,
    unnamed: /^parameter: .*named "x"/,
    undefined: /^parameter: parameter 1 is undefined/,
    wide: /^parameter: .*64 bits/,
    two: /^sql: .*more than one statement/,
    begin: /^not_allowed: .*transaction\(\)/,
    savepoint: /^not_allowed: .*transaction\(\)/,
    attach: /^not_allowed: .*open a second database/,
    temporary: /^not_allowed: .*temporary/,
    pragma: /^not_allowed: .*open\(\)/,
    own: /^not_allowed: _hashi_ledger/,
    batch: /^constraint: statement 2 of the batch/,
    width: /^parameter: the statement has 2 parameters, and the rows have 1/,
    nan: /^parameter: parameter 1 is NaN/,
    nanRow: /^parameter: row 2 has NaN/,
    option: /^parameter: open\(\) has no option tiemout/,
  };
  assert.deepEqual(Object.keys(seen.codes), Object.keys(expected));
  for (const [name, pattern] of Object.entries(expected)) assert.match(seen.codes[name], pattern, name);
  await page.close();
});

test("whoever waits for ever is not given up at once", async () => {
  const endless = { openTimeout: Infinity, busyTimeout: Infinity, timeout: Infinity, transactionIdle: Infinity };
  const page = await rig.opened("endless", { ...endless, unresponsiveAfter: Infinity, hangAfter: Infinity });
  const seen = await page.evaluate(async () => {
    const inside = db.transaction(async (tx) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return tx.get("SELECT 1 AS one");
    });
    const waits = db.transaction((tx) => tx.get("SELECT 2 AS two"), { timeout: Infinity });
    const last = db.get("SELECT 3 AS three");
    // What was sent is finished first.
    await db.close();
    return Promise.all([inside, waits, last]);
  });
  assert.deepEqual(seen, [{ one: 1 }, { two: 2 }, { three: 3 }]);
  await page.close();
});

test("what was committed is there after a reload, after close and open, and as a leader of the next epoch", async () => {
  const page = await rig.opened("kept");
  await page.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (42)"));
  const first = await page.evaluate(() => db.status());
  assert.deepEqual([first.state, first.role, first.storage, first.transport], ["ready", "leader", "opfs", "worker"]);
  assert.ok(first.sizes.database > 0);
  assert.ok(first.sizes.wal > 0);
  await page.reload();
  await page.waitForFunction(() => globalThis.ready);
  await page.evaluate(() => open_("kept").then(() => {}));
  assert.deepEqual(await page.evaluate(() => db.all("SELECT * FROM t")), [{ x: 42 }]);
  const second = await page.evaluate(() => db.status());
  assert.equal(second.epoch, first.epoch + 1);
  await page.evaluate(() => db.close());
  assert.equal(await page.evaluate(() => codeOf(db.all("SELECT 1"))), "closed");
  await page.evaluate(() => open_("kept").then(() => {}));
  assert.deepEqual(await page.evaluate(() => db.get("SELECT count(*) AS n FROM t")), { n: 1 });
  await page.close();
});
