// Statements that go by their numbers: what crosses, and that a number never means another text than its own.
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
/* global db, codeOf, crossed, tamper */

/** A tab with the database open, whose calls to the leader's worker are in `crossed`, after `tamper` has seen them. */
async function tapped(name) {
  const page = await rig.tab();
  await page.evaluate((name) => {
    const global = /** @type {any} */ (globalThis);
    global.crossed = [];
    global.tamper = () => {};
    for (const { prototype } of [MessagePort, Worker]) {
      const { postMessage } = prototype;
      prototype.postMessage = function (message, ...more) {
        // GET, ALL and RUN.
        if ([1, 2, 3].includes(message[0])) {
          global.tamper(message);
          global.crossed.push(message);
        }
        return Reflect.apply(postMessage, this, [message, ...more]);
      };
    }
    return global.open_(name).then(() => {});
  }, name);
  return page;
}

/** What named the statements that crossed since the last time: a text, or a number. */
const namesOf = (page) => page.evaluate(() => crossed.splice(0).map((message) => message[6]));

test("a text crosses once, then its number; after a hand-over numbers start anew", async () => {
  const leader = await tapped("numbers");
  const follower = await tapped("numbers");
  const select = "SELECT ? AS x";
  for (const page of [leader, follower]) {
    await page.evaluate(async (sql) => {
      for (let x = 0; x < 3; x++) if ((await db.get(sql, [x])).x !== x) throw new Error(`not ${x}`);
    }, select);
    assert.deepEqual(await namesOf(page), [select, 0, 0]);
  }
  await leader.close();
  // A worker may live a moment longer than its tab, and answer.
  await until(() => follower.evaluate(async () => (await db.status()).role === "leader"), "the follower leads");
  await namesOf(follower);
  assert.deepEqual(await follower.evaluate((sql) => db.get(sql, [7]), select), { x: 7 });
  assert.deepEqual(await follower.evaluate((sql) => db.get(sql, [8]), select), { x: 8 });
  assert.deepEqual(await namesOf(follower), [select, 0]);
  await follower.close();
});

test("more texts than there are numbers, from two tabs at once: each call means its own", async () => {
  const tabs = [await tapped("many"), await tapped("many")];
  const wrong = tabs.map((page, tab) =>
    page.evaluate(async (tab) => {
      const found = [];
      for (let round = 0; round < 2; round++) {
        const asked = Array.from({ length: 600 }, (_, at) =>
          db.get(`SELECT ${at} + ? AS n, '${tab}' AS tab`, [tab * 1000]),
        );
        (await Promise.all(asked)).forEach((row, at) => {
          if (row.n !== at + tab * 1000 || row.tab !== String(tab)) found.push({ at, row });
        });
        // One that is used all the time has a number most of the time.
        for (let x = 0; x < 3; x++) await db.get("SELECT 1 AS one");
      }
      return found;
    }, tab),
  );
  assert.deepEqual(await Promise.all(wrong), [[], []]);
  for (const page of tabs) {
    const names = await namesOf(page);
    assert.equal(names.filter((name) => typeof name === "number").length, 4);
    const numbers = await page.evaluate(async () => {
      await db.get(`SELECT ${"1 + ".repeat(400)} 1 AS n`);
      const message = crossed.at(-1);
      return [typeof message[6], message[8]];
    });
    assert.deepEqual(numbers, ["string", undefined], "a long text has no number");
    await page.close();
  }
});

test("a schema that another tab changes is seen by a statement that goes by its number", async () => {
  const leader = await rig.opened("changed");
  const follower = await tapped("changed");
  const read = () => follower.evaluate(() => db.get("SELECT * FROM t"));
  await leader.evaluate(() => db.exec("CREATE TABLE t(x); INSERT INTO t VALUES (1)"));
  assert.deepEqual([await read(), await read()], [{ x: 1 }, { x: 1 }]);
  await leader.evaluate(() => db.exec("ALTER TABLE t ADD COLUMN y DEFAULT 'new'"));
  assert.deepEqual(
    [await read(), await read()],
    [
      { x: 1, y: "new" },
      { x: 1, y: "new" },
    ],
  );
  await leader.evaluate(() => db.exec("DROP TABLE t"));
  assert.equal(await follower.evaluate(() => codeOf(db.get("SELECT * FROM t"))), "sql");
  await leader.evaluate(async () => {
    await db.exec("CREATE TABLE t(z); INSERT INTO t VALUES (3)");
    await db.import(await db.export());
  });
  assert.deepEqual(await read(), { z: 3 });
  const names = await namesOf(follower);
  assert.deepEqual(names, ["SELECT * FROM t", 0, 0, 0, 0, 0]);
  await leader.close();
  await follower.close();
});

test("a number that the leader doesn't know is answered by sending the text: nothing is lost, nothing done twice", async () => {
  const leader = await rig.opened("hostile");
  const follower = await tapped("hostile");
  await follower.evaluate(() => db.exec("CREATE TABLE t(x)"));
  for (const number of [100, 255, 256, -1, 0.5, 2 ** 32, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
    const done = await follower.evaluate(async (number) => {
      const insert = "INSERT INTO t VALUES (?) RETURNING x";
      await db.run("DELETE FROM t");
      await db.get(insert, [1]);
      crossed.length = 0;
      let once = true;
      globalThis.tamper = (message) => {
        if (once && typeof message[6] === "number") message[6] = number;
        once = false;
      };
      const row = await db.get(insert, [2]);
      globalThis.tamper = () => {};
      return { row, names: crossed.map((message) => typeof message[6]), all: await db.values("SELECT x FROM t") };
    }, number);
    assert.deepEqual(done.row, { x: 2 }, `${number}`);
    assert.deepEqual(done.names, ["number", "string"], `${number}`);
    assert.deepEqual(done.all.rows, [[1], [2]], `${number}`);
  }
  // Calls of one transaction, several under way: the one that was unknown is in it.
  const rows = await follower.evaluate(async () => {
    await db.run("DELETE FROM t");
    let once = true;
    await db.transaction(async (tx) => {
      globalThis.tamper = (message) => {
        if (once && typeof message[6] === "number") message[6] = 200;
        once = false;
      };
      await Promise.all([1, 2, 3].map((x) => tx.run("INSERT INTO t VALUES (?) RETURNING x", [x])));
    });
    globalThis.tamper = () => {};
    return db.get("SELECT count(*) AS n, sum(x) AS sum FROM t");
  });
  assert.deepEqual(rows, { n: 3, sum: 6 });
  assert.equal(await leader.evaluate(() => db.status().then(({ state }) => state)), "ready");
  await leader.close();
  await follower.close();
});

test("what can't be kept is refused with a sentence, and a number is no SQL", async () => {
  const page = await tapped("bounds");
  const said = await page.evaluate(async () => {
    const messageOf = (promise) => promise.then(JSON.stringify, (error) => `${error.code}: ${error.message}`);
    await db.get("SELECT 1");
    const replies = [];
    for (const sql of [0, undefined, null, ["SELECT 1"]]) replies.push(await messageOf(db.get(sql)));
    for (const number of [256, -1, 1.5]) {
      globalThis.tamper = (message) => {
        message[8] = number;
      };
      replies.push(await messageOf(db.get(`SELECT ${number}`)));
    }
    globalThis.tamper = () => {};
    replies.push(await messageOf(db.get("SELECT 2 AS two")));
    return replies;
  });
  assert.match(said[0], /^parameter: the SQL has to be a string, not number$/);
  for (const reply of said.slice(1, 4)) assert.match(reply, /^parameter: the SQL has to be a string/);
  for (const reply of said.slice(4, 7))
    assert.match(reply, /^parameter: statements are kept under the numbers 0 to 255, not \d+$/);
  assert.equal(said[7], '{"two":2}');
  await page.close();
});

test("a call that is made again binds and gives the same values as the first time, whatever its way", async () => {
  const page = await tapped("again");
  const differing = await page.evaluate(async () => {
    const text = "橋\0🌉é";
    const cases = [
      [],
      [null, -7, 0.5, 2 ** 53, -0, 1e300, true, false],
      ["", "abc", text, "x".repeat(63), "x".repeat(65), `${"x".repeat(63)}é`, "\ud800", "\ufeffbom"],
      ["x".repeat(3000)],
      ["é".repeat(700), "é".repeat(700)],
      [2n ** 62n, -(2n ** 63n), 5n],
      [new Uint8Array([0, 255]), new Uint8Array(0), "between", new Uint8Array([1])],
      Array.from({ length: 33 }, (_, at) => at),
      Array.from({ length: 32 }, (_, at) => `${at}`),
      Array.from({ length: 97 }, (_, at) => at),
      { a: 1, b: "two" },
    ];
    const found = [];
    const shown = (value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
    for (const values of cases) {
      const list = Array.isArray(values);
      const names = list ? values.map(() => "?") : [":a", ":b"];
      const kinds = names.map((_, at) => `typeof(?${at + 1})`);
      const sql = `SELECT ${[...names, ...kinds, "1"].join(", ")}`;
      const calls = [];
      for (let time = 0; time < 3; time++)
        calls.push(shown(await db.values(sql, list && values.length === 0 ? undefined : values)));
      if (calls[1] !== calls[0] || calls[2] !== calls[0]) found.push(calls);
      if (list) {
        const { rows } = await db.values(sql, values);
        const expected = values.map((value) =>
          typeof value === "boolean" ? Number(value) : value === "\ud800" ? "\ufffd" : value,
        );
        const bound = rows[0].slice(0, values.length).map((value) => (Object.is(value, -0) ? 0 : value));
        const plain = (value) => (value === 5n ? 5 : Object.is(value, -0) ? 0 : value);
        if (shown(bound) !== shown(expected.map(plain))) found.push([shown(bound), shown(expected)]);
      }
    }
    // Refused the same way, too.
    for (let time = 0; time < 3; time++)
      if ((await codeOf(db.get("SELECT ? AS x", [1, 2]))) !== "parameter") found.push("two for one");
    for (let time = 0; time < 3; time++)
      if ((await codeOf(db.get("SELECT ? AS x"))) !== "parameter") found.push("none for one");
    return found;
  });
  assert.deepEqual(differing, []);
  await page.close();
});
