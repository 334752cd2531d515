// History over HTTP: who sees which executions, filters, pages.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { admin, service, startPlatform, user } from "./platform.mjs";

let worker;
let functions;
const [ann, bob, root] = [user("ann"), user("bob"), admin("root")];

before(async () => {
  worker = await startPlatform();
  functions = {};
  for (const [name, by, owner_type] of [
    ["anns", ann, "user"],
    ["bobs", bob, "user"],
    ["all", root, "system"],
  ]) {
    const made = await worker.api(by, "POST", "/functions", { body: { name, owner_type } });
    functions[name] = made.json;
  }
});
after(() => worker?.stop());

/** Writes an execution as the recorder would. */
async function executed(name, caller, more = {}) {
  const row = {
    id: randomUUID(),
    function_id: functions[name].id,
    function_name: name,
    version: 1,
    revision: 2,
    caller,
    source: "executor",
    status: "ok",
    code: null,
    started_at: new Date().toISOString(),
    duration_ms: 1.5,
    fuel: 100,
    memory_bytes: 65536,
    cache_hit: 1,
    warm: 0,
    http_status: 200,
    logs: '[{"level":"info","message":"hi"}]',
    ...more,
  };
  const database = await worker.database("DB");
  const columns = Object.keys(row);
  await database
    .prepare(`insert into wasm_executions (${columns}) values (${columns.map(() => "?")})`)
    .bind(...Object.values(row))
    .run();
  return row.id;
}

const list = (bearer, query = "") => worker.api(bearer, "GET", `/executions${query}`);
const ids = async (bearer, query) => (await list(bearer, query)).json.executions.map(({ id }) => id);

test("an execution is shown to its caller and to those who may change its function", async () => {
  const byBob = await executed("anns", "bob");
  const byAnn = await executed("bobs", "ann");
  const ofAll = await executed("all", null);
  const seen = async (bearer) => {
    const shown = await ids(bearer);
    return [byBob, byAnn, ofAll].map((id) => shown.includes(id));
  };
  assert.deepEqual(await seen(ann), [true, true, false]);
  assert.deepEqual(await seen(bob), [true, true, false]);
  assert.deepEqual(await seen(root), [false, false, true]);
  assert.deepEqual(await seen(service()), [false, false, true]);
  assert.deepEqual(await seen(user("eve")), [false, false, false]);
  const nobody = await list(undefined);
  assert.deepEqual([nobody.status, nobody.json.code], [401, "unauthorized"]);
});

test("an execution has all that is remembered of it", async () => {
  const id = await executed("anns", "cat", { status: "failed", code: "trap", http_status: 500 });
  const { status, headers, json } = await list(user("cat"));
  assert.equal(status, 200);
  assert.equal(headers.get("cache-control"), "private, no-cache");
  const [{ started_at, ...row }] = json.executions;
  assert.ok(Date.now() - Date.parse(started_at) < 60_000);
  assert.deepEqual(row, {
    id,
    function_id: functions.anns.id,
    function_name: "anns",
    version: 1,
    revision: 2,
    caller: "cat",
    source: "executor",
    status: "failed",
    code: "trap",
    duration_ms: 1.5,
    fuel: 100,
    memory_bytes: 65536,
    cache_hit: true,
    warm: false,
    http_status: 500,
    logs: [{ level: "info", message: "hi" }],
  });
});

test("filters choose, and pages go through all that they chose", async () => {
  const dan = user("dan");
  const at = (minute) => ({ started_at: `2026-11-20T12:${String(minute).padStart(2, "0")}:00.000Z` });
  const made = [];
  for (let minute = 0; minute < 7; minute++) {
    const failed = minute % 2 ? { status: "failed", code: minute === 1 ? "trap" : "fuel_exhausted" } : {};
    made.unshift(await executed(minute < 5 ? "all" : "bobs", "dan", { ...at(minute), ...failed }));
  }
  const chosen = async (query) => (await ids(dan, query)).map((id) => 6 - made.indexOf(id));
  assert.deepEqual(await chosen(""), [6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(await chosen("?status=failed"), [5, 3, 1]);
  assert.deepEqual(await chosen("?code=trap"), [1]);
  assert.deepEqual(await chosen("?function=bobs"), [6, 5]);
  assert.deepEqual(await chosen(`?function=${functions.all.id}&status=ok`), [4, 2, 0]);
  assert.deepEqual(await chosen("?since=2026-11-20T12:05:00Z"), [6, 5]);
  assert.deepEqual(await chosen("?until=2026-11-20T14:02:00%2B02:00"), [1, 0]);
  assert.deepEqual(await chosen("?caller=ann"), []);
  const pages = [];
  let cursor = "";
  do {
    const { json } = await list(dan, `?limit=3${cursor}`);
    pages.push(json.executions.map(({ id }) => 6 - made.indexOf(id)));
    cursor = json.next && `&cursor=${json.next}`;
  } while (cursor);
  assert.deepEqual(pages, [[6, 5, 4], [3, 2, 1], [0]]);
});

test("what can't be asked is refused by name", async () => {
  for (const [query, detail] of [
    ["?limit=0", "limit: "],
    ["?limit=101", "limit: "],
    ["?status=bad", "status: "],
    ["?since=tomorrow", "since: "],
    ["?function=No%20Name", "function: "],
    ["?cursor=x", "cursor: "],
    ["?colour=red", "colour: "],
  ]) {
    const { status, json } = await list(ann, query);
    assert.deepEqual([status, json.code], [400, "invalid_parameter"], query);
    assert.ok(json.detail.startsWith(detail), json.detail);
  }
});
