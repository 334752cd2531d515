// What the clock brings: the history ends where it should, idempotency keys are forgotten, and a tick that fails fails alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPlatform, user } from "./platform.mjs";

let worker;
let database;
before(async () => {
  worker = await startPlatform({ vars: { HISTORY_DAYS: "7" } });
  database = await worker.database("DB");
});
after(() => worker?.stop());

const hour = Date.UTC(2026, 10, 25, 12);

test("executions older than the history are forgotten at the full hour, 1,000 at a time until all are", async () => {
  const add = (count, days) =>
    database
      .prepare(
        `insert into wasm_executions
         select printf('%s-%d', ?1, value), 'f', 'f', null, 1, null, 'http', 'ok', null,
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || ?3 || ' days'), 0, 0, 0, 0, 0, 200, '[]'
         from json_each(?2)`,
      )
      .bind(`d${days}`, JSON.stringify(Array.from({ length: count }, (_, at) => at)), days)
      .run();
  await add(2500, 8);
  await add(10, 6);
  const count = async () => (await database.prepare("select count(*) as n from wasm_executions").first()).n;
  assert.equal(await count(), 2510);
  assert.equal(await worker.tick(hour + 60_000), "ok");
  assert.equal(await count(), 2510, "not in every minute");
  assert.equal(await worker.tick(hour), "ok");
  assert.equal(await count(), 10);
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
