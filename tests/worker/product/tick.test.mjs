// What the clock brings: the history ends where it should, idempotency keys are forgotten, and a tick that fails fails alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { raw, startPlatform, user, wasm } from "./platform.mjs";

let worker;
let database;
before(async () => {
  worker = await startPlatform({ vars: { HISTORY_DAYS: "7", HISTORY_MB: "1" } });
  database = await worker.database("DB");
});
after(() => worker?.stop());

const hour = Date.UTC(2026, 10, 25, 12);

test("executions older than the history are forgotten with each tick, 1,000 at a time until all are", async () => {
  const add = (count, days) =>
    database
      .prepare(
        `insert into wasm_executions
         select printf('%s-%d', ?1, value), 'f', 'f', null, 1, null, 'http', 'ok', null,
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || ?3 || ' days'), 0, 0, 0, 0, 0, 200, '[]', null, null, null, null
         from json_each(?2)`,
      )
      .bind(`d${days}`, JSON.stringify(Array.from({ length: count }, (_, at) => at)), days)
      .run();
  await add(2500, 8);
  await add(10, 6);
  const count = async () => (await database.prepare("select count(*) as n from wasm_executions").first()).n;
  assert.equal(await count(), 2510);
  assert.equal(await worker.tick(hour + 60_000), "ok");
  assert.equal(await count(), 10);
});

test("what is above HISTORY_MB goes with each tick, of whichever function has the most, the earliest first", async () => {
  // HISTORY_MB is 1.
  const add = (name, count) =>
    database.batch([
      database
        .prepare(
          `insert into wasm_executions
           select printf('%s-%05d', ?1, value), ?1, ?1, null, 1, null, 'http', 'ok', null,
             strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('-%d seconds', 10000 - value)), 0, 0, 0, 0, 0, 200, '[]', null, null, null, null
           from json_each(?2)`,
        )
        .bind(name, JSON.stringify(Array.from({ length: count }, (_, at) => at))),
      database
        .prepare(
          "insert or replace into history_bytes (function_id, bytes) select function_id, sum(bytes) from wasm_executions where function_id = ?",
        )
        .bind(name),
    ]);
  await add("greedy", 5000);
  await add("modest", 500);
  // Counted by mistake: nobody waits for rows that aren't there.
  await database.prepare("insert into history_bytes (function_id, bytes) values ('gone', 9e9)").run();
  const row = (name) =>
    database
      .prepare(
        "select count(*) as n, sum(e.bytes) as bytes, b.bytes as counted, min(e.id) as first, max(e.id) as last from wasm_executions as e join history_bytes as b using (function_id) where function_id = ?",
      )
      .bind(name)
      .first();
  assert.equal(await worker.tick(hour + 60_000), "ok");
  const [greedy, modest] = [await row("greedy"), await row("modest")];
  assert.equal(modest.n, 500, "nobody loses by another");
  assert.equal(await database.prepare("select 1 from history_bytes where function_id = 'gone'").first(), null);
  assert.deepEqual([greedy.counted, modest.counted], [greedy.bytes, modest.bytes]);
  const { all } = await database.prepare("select sum(bytes) as 'all' from history_bytes").first();
  assert.ok(all <= 1_000_000 && all > 990_000, `${all} bytes are left`);
  assert.equal(greedy.last, "greedy-04999");
  assert.equal(greedy.first, `greedy-0${5000 - greedy.n}`, "the earliest are gone");
  await database.batch(
    ["wasm_executions", "history_bytes"].map((table) =>
      database.prepare(`delete from ${table} where function_id in ('greedy', 'modest')`),
    ),
  );
});

test("an idempotency key is forgotten after a day", async () => {
  const ann = user("ann");
  const headers = { "idempotency-key": "k" };
  const create = () => worker.api(ann, "POST", "/functions", { body: { name: "once" }, headers });
  assert.equal((await create()).status, 201);
  await worker.tick(hour);
  assert.equal((await create()).headers.get("idempotent-replayed"), "true");
  await database.prepare("update idempotency_keys set created_at = '2026-01-01T00:00:00.000Z'").run();
  await worker.tick(hour);
  const late = await create();
  assert.deepEqual([late.status, late.json.code], [409, "name_taken"]);
});

test("a tick without its tables is told to the log, and requests are served", async () => {
  await database.prepare("alter table cron_ticks rename to elsewhere").run();
  assert.equal(await worker.tick(hour), "ok");
  await worker.waitForLog(({ text }) => text.includes("no function can be called by the clock"));
  await database.prepare("alter table elsewhere rename to cron_ticks").run();
  assert.equal((await worker.api(user("ann"), "GET", "/functions")).status, 200);
});

test("a function is called in its minutes, once each, and once for those that were missed", async () => {
  const cat = user("cat");
  const minute = 60_000;
  // The first full minute after the schedule was made.
  const start = (Math.floor(Date.now() / minute) + 2) * minute;
  const body = { name: "by-the-clock", entrypoint: "run", cron: "* * * * *" };
  assert.equal((await worker.api(cat, "POST", "/functions", { body })).status, 201);
  const calls = async () => (await worker.api(cat, "GET", "/executions?function=by-the-clock")).json.executions;
  const tick = async (time, wanted, why) => {
    assert.equal(await worker.tick(time), "ok", why);
    const limit = Date.now() + 5000;
    while ((await calls()).length < wanted && Date.now() < limit) await sleep(20);
    await sleep(50);
    assert.equal((await calls()).length, wanted, why);
  };
  await tick(start, 0, "without a module there is nothing to call");
  await worker.api(cat, "POST", "/functions/by-the-clock/upload", { body: wasm(), headers: raw });
  await tick(start + minute, 1, "its minute");
  await tick(start + minute, 1, "the same tick again");
  await tick(start, 1, "a tick that comes late");
  await Promise.all([worker.tick(start + 2 * minute), worker.tick(start + 2 * minute)]);
  await tick(start + 2 * minute, 2, "two ticks at once");
  await tick(start + 7 * minute, 3, "five minutes later, four of them missed");
  const [last] = await calls();
  assert.deepEqual(
    [last.source, last.caller, last.status, last.code, last.http_status, last.version],
    ["cron", null, "ok", null, null, 1],
  );
  await worker.api(cat, "PATCH", "/functions/by-the-clock", { body: { cron: null } });
  await tick(start + 8 * minute, 3, "without a schedule");
});

test("many functions at once are all called, each once", async () => {
  const dan = user("dan");
  const names = Array.from({ length: 12 }, (_, at) => `many-${at}`);
  for (const name of names) {
    const made = await worker.api(dan, "POST", "/functions", { body: { name, entrypoint: "run", cron: "* * * * *" } });
    assert.equal(made.status, 201);
    await worker.api(dan, "POST", `/functions/${name}/upload`, { body: wasm(), headers: raw });
  }
  const time = (Math.floor(Date.now() / 60_000) + 2) * 60_000;
  assert.equal(await worker.tick(time), "ok");
  const limit = Date.now() + 5000;
  let called = [];
  while (called.length < names.length && Date.now() < limit) {
    await sleep(50);
    const { json } = await worker.api(dan, "GET", "/executions?limit=100");
    called = json.executions;
  }
  assert.deepEqual(
    called.map(({ function_name, status }) => `${function_name} ${status}`).sort(),
    names.map((name) => `${name} ok`).sort(),
  );
});

/** Functions of `by` with a schedule and something to run. */
async function scheduled(by, names, cron) {
  for (const name of names) {
    const made = await worker.api(by, "POST", "/functions", { body: { name, entrypoint: "run", cron } });
    assert.equal(made.status, 201);
    await worker.api(by, "POST", `/functions/${name}/upload`, { body: wasm(), headers: raw });
  }
}

/** The names of the functions below a prefix that were called, as soon as there are `count` of them; the earliest first. */
async function calledBelow(prefix, count) {
  const limit = Date.now() + 5000;
  for (;;) {
    const { results } = await database
      .prepare(
        "select function_name as name, started_at as at from wasm_executions where function_name glob ? order by started_at",
      )
      .bind(`${prefix}*`)
      .all();
    if (results.length >= count || Date.now() > limit) return results;
    await sleep(20);
  }
}

test("who has many functions doesn't keep another's from being called", async () => {
  const many = Array.from({ length: 24 }, (_, at) => `turn-${String(at).padStart(2, "0")}`);
  await scheduled(user("eve"), many, "* * * * *");
  await scheduled(user("fay"), ["turn-last"], "* * * * *");
  const time = (Math.floor(Date.now() / 60_000) + 2) * 60_000;
  assert.equal(await worker.tick(time), "ok");
  const called = await calledBelow("turn-", 25);
  assert.equal(called.length, 25);
  const { at } = called.find(({ name }) => name === "turn-last");
  const earlier = called.filter((other) => other.at < at).length;
  assert.ok(earlier < 8, `${earlier} were called before`);
});

test("what a tick doesn't come to is due in the next one", async () => {
  const time = (Math.floor(Date.now() / 60_000) + 2) * 60_000;
  const names = Array.from({ length: 8 }, (_, at) => `cut-${at}`);
  await scheduled(user("gus"), names, `${new Date(time).getUTCMinutes()} * * * *`);
  // As if it was cut off while it called the fifth.
  await database
    .prepare(
      `create trigger cut before insert on cron_ticks
       when (select count(*) from cron_ticks join functions on id = function_id where name glob 'cut-*') >= 5
         and new.function_id in (select id from functions where name glob 'cut-*')
       begin select raise(abort, 'cut off'); end`,
    )
    .run();
  try {
    assert.equal(await worker.tick(time), "ok");
    await worker.waitForLog(({ text }) => text.includes("a due function can't be claimed"));
    assert.equal((await calledBelow("cut-", 5)).length, 5);
  } finally {
    await database.prepare("drop trigger cut").run();
  }
  assert.equal(await worker.tick(time + 60_000), "ok");
  assert.deepEqual((await calledBelow("cut-", 8)).map(({ name }) => name).sort(), names, "each once");
});

/** What happens while each claim to a function whose id `these` chooses fails. */
async function whileClaimsFail(these, happens) {
  await database
    .prepare(
      `create trigger fails before insert on cron_ticks when new.function_id in (${these}) begin select raise(abort, 'fails'); end`,
    )
    .run();
  try {
    await happens();
  } finally {
    await database.prepare("drop trigger fails").run();
  }
}

const failedClaims = () => worker.logs.filter(({ text }) => text.includes("a due function can't be claimed")).length;

test("functions that can't be claimed keep nobody else's from being called", async () => {
  const bad = Array.from({ length: 8 }, (_, at) => `bad-${at}`);
  for (const name of bad) await scheduled(user(`${name}s`), [name], "* * * * *");
  await scheduled(user("ivo"), ["good"], "* * * * *");
  const time = (Math.floor(Date.now() / 60_000) + 2) * 60_000;
  await whileClaimsFail("select id from functions where name glob 'bad-*'", async () => {
    assert.equal(await worker.tick(time), "ok");
    assert.deepEqual(
      (await calledBelow("good", 1)).map(({ name }) => name),
      ["good"],
    );
  });
  assert.equal(await worker.tick(time + 60_000), "ok");
  assert.equal((await calledBelow("bad-", 8)).length, 8, "they are due in the next tick");
});

test("a store that takes no claim at all isn't asked for each function", async () => {
  const time = (Math.floor(Date.now() / 60_000) + 30) * 60_000;
  const due = await database.prepare("select count(*) as n from functions where cron = '* * * * *'").first();
  assert.ok(due.n > 30, `${due.n} are due`);
  const before = failedClaims();
  await whileClaimsFail("select id from functions", async () => {
    assert.equal(await worker.tick(time), "ok");
    await sleep(200);
  });
  const failed = failedClaims() - before;
  // Four claims are under way at once.
  assert.ok(failed >= 16 && failed < 20, `${failed} claims failed`);
});

test("what a tick can't sweep at once the next ones do, within the hour", async () => {
  await database
    .prepare(
      `insert into artifacts (sha256, state, touched_at)
       select printf('%064d', value), 'pending', '2026-01-01T00:00:00.000Z' from json_each(?)`,
    )
    .bind(JSON.stringify(Array.from({ length: 450 }, (_, at) => at)))
    .run();
  const left = async () => {
    const old = "select count(*) as n from artifacts where touched_at < '2026-02-01' or state = 'collecting'";
    return (await database.prepare(old).first()).n;
  };
  const minute = 60_000;
  assert.equal(await worker.tick(hour - minute), "ok");
  assert.equal(await left(), 450, "not yet");
  for (const [at, wanted] of [250, 50, 0, 0].entries()) {
    assert.equal(await worker.tick(hour + at * minute), "ok");
    assert.equal(await left(), wanted);
  }
});
