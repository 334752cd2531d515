// What tabs tell each other: changed tables, subscriptions, migrations; rows in a stream; files out and in.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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

/** Begins to listen in a page; `told` resolves to the change that it hears of next, which comes after the call's own answer. */
const listen = (page) =>
  page.evaluate(() => {
    globalThis.told = new Promise((resolve) => {
      const stop = db.onChange((change) => {
        stop();
        resolve(change);
      });
    });
  });
const told = (page) => page.evaluate(() => globalThis.told);

test("a subscription runs again when any tab changed a table it reads, and only then", async () => {
  const [one, two] = [await rig.opened("subscribe"), await rig.opened("subscribe")];
  await listen(two);
  await one.evaluate(() => db.exec("CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v AS SELECT x FROM a"));
  await told(two);
  await two.evaluate(() => {
    globalThis.seen = [];
    globalThis.stop = db.subscribe("SELECT count(*) AS n FROM v", [], ([{ n }]) => globalThis.seen.push(n));
  });
  const seen = () => two.evaluate(() => globalThis.seen);
  await until(async () => (await seen()).length === 1, "the first rows");
  await one.evaluate(() => db.run("INSERT INTO b VALUES (1)"));
  await one.evaluate(() => db.run("INSERT INTO a VALUES (1)"));
  await until(async () => (await seen()).includes(1), "the other tab's row");
  await two.evaluate(() => db.run("INSERT INTO a VALUES (2)"));
  await until(async () => (await seen()).includes(2), "its own row");
  assert.deepEqual(await seen(), [0, 1, 2]);
  await two.evaluate(() => globalThis.stop());
  await listen(two);
  await one.evaluate(() => db.run("INSERT INTO a VALUES (3)"));
  await told(two);
  // Rows that were asked for again would have come before this answer.
  await two.evaluate(() => db.get("SELECT 1"));
  assert.deepEqual(await seen(), [0, 1, 2], "nothing after stop()");
  await one.close();
  await two.close();
});

test("changes are told with epoch, sequence and tables; a rolled back transaction tells nothing", async () => {
  const [one, two] = [await rig.opened("changes"), await rig.opened("changes")];
  await listen(two);
  await one.evaluate(() => db.exec("CREATE TABLE a(x); CREATE TABLE b(x)"));
  await told(two);
  await two.evaluate(async () => {
    globalThis.changes = [];
    db.onChange((change) => globalThis.changes.push(change));
    await db
      .transaction(async (tx) => {
        await tx.run("INSERT INTO a VALUES (1)");
        throw 0;
      })
      .catch(() => {});
    await db.transaction(async (tx) => {
      await tx.run("INSERT INTO a VALUES (1)");
      await tx.run("INSERT INTO b VALUES (1)");
    });
  });
  const changes = await until(() => two.evaluate(() => globalThis.changes.length && globalThis.changes), "a change");
  const { epoch } = await one.evaluate(() => db.status());
  assert.deepEqual(changes, [{ epoch, sequence: 2, tables: ["a", "b"] }]);
  await one.close();
  await two.close();
});

test("iterate streams one snapshot in chunks, while others write and when it is left early", async () => {
  const [one, two] = [await rig.opened("iterate"), await rig.opened("iterate")];
  await one.evaluate(() =>
    db.exec(
      "CREATE TABLE t(x, y); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) INSERT INTO t SELECT x, 'row ' || x FROM n",
    ),
  );
  const seen = await two.evaluate(async () => {
    let [rows, sum] = [0, 0];
    for await (const { x } of db.iterate("SELECT x, y FROM t ORDER BY x")) {
      if (rows === 10) await db.run("DELETE FROM t WHERE x > 10000");
      rows++;
      sum += x;
    }
    let early = 0;
    for await (const _ of db.iterate("SELECT x, y FROM t")) if (++early === 5) break;
    const none = [];
    for await (const row of db.iterate("SELECT x FROM t WHERE x < 0")) none.push(row);
    return { rows, sum, early, none, left: (await db.get("SELECT count(*) AS n FROM t")).n };
  });
  assert.deepEqual(seen, { rows: 20000, sum: 200010000, early: 5, none: [], left: 10000 });
  assert.equal(await one.evaluate(() => codeOf(db.iterate("DELETE FROM t").next())), "not_allowed");
  await one.close();
  await two.close();
});

test("an export is a file that SQLite opens, and an import takes the database's place in every tab", async () => {
  const [one, two] = [await rig.opened("files"), await rig.opened("files")];
  const folder = mkdtempSync(join(tmpdir(), "hashi-export-"));
  try {
    await one.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES ('橋'), (2)"));
    const bytes = await two.evaluate(async () => [...(await db.export())]);
    const file = join(folder, "export.db");
    writeFileSync(file, Uint8Array.from(bytes));
    const outside = new DatabaseSync(file);
    assert.deepEqual(
      outside
        .prepare("SELECT x FROM t")
        .all()
        .map(({ x }) => x),
      ["橋", 2],
    );
    assert.equal(outside.prepare("PRAGMA integrity_check").get().integrity_check, "ok");
    outside.exec("DROP TABLE t; CREATE TABLE u(y); INSERT INTO u VALUES (7)");
    outside.close();
    const changed = [...(await import("node:fs")).readFileSync(file)];
    await one.evaluate((bytes) => db.import(Uint8Array.from(bytes)), changed);
    assert.deepEqual(await two.evaluate(() => db.all("SELECT y FROM u")), [{ y: 7 }]);
    assert.equal(await two.evaluate(() => codeOf(db.all("SELECT * FROM t"))), "sql");
    assert.equal(await two.evaluate(() => codeOf(db.import(new Uint8Array(1000)))), "not_a_database");
    assert.deepEqual(
      await one.evaluate(() => db.all("SELECT y FROM u")),
      [{ y: 7 }],
      "a refused import changes nothing",
    );
    await one.close();
    await until(async () => (await two.evaluate(() => db.status())).role === "leader", "the next leader");
    assert.deepEqual(await two.evaluate(() => db.all("SELECT y FROM u")), [{ y: 7 }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await two.close();
});

test("migrations run once, in order; older tabs are told to reload and newer ones go on", async () => {
  const one = { migrations: [{ version: 1, sql: "CREATE TABLE t(x); INSERT INTO t VALUES (1)" }] };
  const two = { migrations: [...one.migrations, { version: 2, sql: "ALTER TABLE t ADD COLUMN y DEFAULT 5" }] };
  const [old, same] = [await rig.tab(), await rig.opened("migrate", one)];
  await old.evaluate(
    (options) =>
      open_("migrate", { ...options, onOutdated: (versions) => (globalThis.outdated = versions) }).then(() => {}),
    one,
  );
  assert.deepEqual(await same.evaluate(() => db.all("SELECT * FROM t")), [{ x: 1 }]);
  const young = await rig.opened("migrate", two);
  assert.deepEqual(await young.evaluate(() => db.all("SELECT * FROM t")), [{ x: 1, y: 5 }]);
  await old.waitForFunction(() => globalThis.outdated);
  assert.deepEqual(await old.evaluate(() => globalThis.outdated), { ours: 1, database: 2 });
  assert.equal(await old.evaluate(() => codeOf(db.all("SELECT 1"))), "schema_outdated");
  assert.equal((await same.evaluate(() => db.status())).state, "outdated");
  const late = await rig.tab();
  assert.equal(await late.evaluate((options) => codeOf(hashi.open("migrate", options)), one), "schema_outdated");
  for (const page of [old, same]) await page.close();
  assert.deepEqual(await young.evaluate(() => db.all("SELECT * FROM t")), [{ x: 1, y: 5 }]);
  const broken = { migrations: [...two.migrations, { version: 3, sql: "CREATE TABLE t(z)" }] };
  assert.equal(await late.evaluate((options) => codeOf(hashi.open("migrate", options)), broken), "migration_failed");
  assert.equal((await young.evaluate(() => db.status())).schema, 2);
  await young.close();
  await late.close();
});

test("the sqlite3 command opens an export, where this machine has it", {
  skip: !hasCommand() && "no sqlite3 here; node:sqlite opens one above",
}, async () => {
  const page = await rig.opened("command");
  await page.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (42)"));
  const bytes = await page.evaluate(async () => [...(await db.export())]);
  const folder = mkdtempSync(join(tmpdir(), "hashi-command-"));
  writeFileSync(join(folder, "e.db"), Uint8Array.from(bytes));
  assert.equal(execFileSync("sqlite3", [join(folder, "e.db"), "SELECT x FROM t"], { encoding: "utf8" }).trim(), "42");
  rmSync(folder, { recursive: true });
  await page.close();
});

function hasCommand() {
  try {
    execFileSync("sqlite3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
