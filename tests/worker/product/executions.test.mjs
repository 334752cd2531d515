// History over HTTP: who sees which executions, filters, pages.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root as repository } from "../harness.mjs";
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

/** What the elements of a row are. */
const [, columns] = readFileSync(join(repository, "src/executor/history/row.rs"), "utf8").match(
  /COLUMNS.*= \[([^\]]*)/,
);
const COLUMNS = columns.match(/\w+/g);
const sql = (name) => readFileSync(join(repository, `src/executor/history/sql/${name}.sql`), "utf8");
const statement = (name) => sql(name).replaceAll(/^ *-- (called|page)\.sql\n/gm, (_, file) => sql(file));

/** Writes executions as the recorder does. */
async function recorded(executions) {
  const database = await worker.database("DB");
  const rows = executions.map((execution) => COLUMNS.map((name) => execution[name]));
  const statements = statement("add")
    .split(";\n")
    .filter((text) => text.trim());
  await database.batch(statements.map((text) => database.prepare(text).bind(JSON.stringify({ rows }))));
}

/** Writes one. */
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
    cache_hit: true,
    warm: false,
    http_status: 200,
    logs: [{ level: "info", message: "hi" }],
    result_bytes: 12,
    result: { sum: [1] },
    ...more,
  };
  await recorded([row]);
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
  const id = await executed("anns", "cat", {
    status: "failed",
    code: "trap",
    http_status: 500,
    result_bytes: null,
    result: null,
  });
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
    result_bytes: null,
    result: null,
  });
});

test("what a call returned is for its caller and for the function's owner", async () => {
  const id = await executed("anns", "fay");
  const seen = async (bearer) => {
    const row = (await list(bearer)).json.executions.find((execution) => execution.id === id);
    return row && [row.result, row.result_bytes];
  };
  const returned = [{ sum: [1] }, 12];
  assert.deepEqual([await seen(user("fay")), await seen(ann)], [returned, returned]);
  assert.deepEqual([await seen(bob), await seen(root), await seen(service())], [undefined, undefined, undefined]);
});

test("what a function logged over HTTP is for who may change it", async () => {
  const logs = [{ level: "info", message: "hi" }];
  for (const [name, owner] of [
    ["anns", ann],
    ["all", root],
  ]) {
    for (const [source, others] of [
      ["http", null],
      ["executor", logs],
    ]) {
      const id = await executed(name, "liz", { source, result: null });
      const seen = async (bearer, query) =>
        (await list(bearer, query)).json.executions.find((execution) => execution.id === id);
      for (const query of ["", `?function=${name}`, `?function=${functions[name].id}`]) {
        const theirs = await seen(user("liz"), query);
        assert.deepEqual([theirs.logs, theirs.source, theirs.result_bytes], [others, source, 12], `${source} ${query}`);
        assert.deepEqual((await seen(owner, query)).logs, logs, `the owner's, ${source} ${query}`);
      }
      // An admin sees what they called, and isn't who may change a user's function.
      const admins = await executed(name, "root", { source, result: null });
      const [{ logs: told }] = (await list(root, "?caller=root&limit=1")).json.executions.filter(
        (execution) => execution.id === admins,
      );
      assert.deepEqual(told, owner === root ? logs : others, `${source} by an admin`);
    }
  }
});

test("a result that can't be is left out, with its execution and nothing else", async () => {
  const row = (more) => executed("anns", "ivy", more);
  const right = await row({ result: null, result_bytes: 4097 });
  await row({ result_bytes: 4097 });
  await row({ result_bytes: null });
  await row({ result_bytes: -1, result: null });
  await row({ status: "failed", code: "trap" });
  assert.deepEqual(await ids(user("ivy")), [right]);
});

test("filters choose, and pages go through all that they chose", async () => {
  const dan = user("dan");
  const at = (minute) => ({ started_at: `2026-11-20T12:${String(minute).padStart(2, "0")}:00.000Z` });
  const made = [];
  for (let minute = 0; minute < 7; minute++) {
    const code = minute === 1 ? "trap" : "fuel_exhausted";
    const failed = minute % 2 ? { status: "failed", code, result_bytes: null, result: null } : {};
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
  // Offsets and years that SQLite has no words for: the same moments, whatever store compares them.
  assert.deepEqual(await chosen("?since=2026-11-21T03:05:00%2B15:00"), [6, 5]);
  assert.deepEqual(await chosen("?until=2026-11-21T03:02:00%2B15:00"), [1, 0]);
  assert.deepEqual(await chosen("?since=2026-11-19T20:06:00-15:59"), [6, 5]);
  assert.deepEqual(await chosen("?since=9999-12-31T23:00:00-02:00"), []);
  assert.deepEqual(await chosen("?until=9999-12-31T23:00:00-02:00"), [6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(await chosen("?until=0001-01-01T00:00:00%2B15:00"), []);
  const far = Buffer.from(`2026-11-21T03:02:30+15:00 ${randomUUID()}`).toString("base64url");
  assert.deepEqual(await chosen(`?cursor=${far}`), [2, 1, 0]);
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
    ["?code=a%00b", "code: "],
    ["?caller=%00", "caller: "],
    ["?colour=red", "colour: "],
  ]) {
    const { status, json } = await list(ann, query);
    assert.deepEqual([status, json.code], [400, "invalid_parameter"], query);
    assert.ok(json.detail.startsWith(detail), json.detail);
  }
});

test("a page reads what it shows, however much others have called", async () => {
  const database = await worker.database("DB");
  const [gus, hal] = [randomUUID(), randomUUID()];
  const { json: gussed } = await worker.api(user(gus), "POST", "/functions", { body: { name: "gussed" } });
  const call = (of, caller, at) => ({
    id: randomUUID(),
    function_id: of.id,
    function_name: of.name,
    version: 1,
    revision: 1,
    caller,
    source: "http",
    status: "ok",
    started_at: new Date(Date.UTC(2026, 9, 1) + at * 1000).toISOString(),
    duration_ms: 1,
    fuel: 1,
    memory_bytes: 1,
    cache_hit: true,
    warm: true,
    logs: [],
  });
  // Three of four are of a stranger's function, and of strangers.
  const calls = Array.from({ length: 8000 }, (_, at) => {
    if (at % 4) return call(functions.bobs, "bob", at);
    return at % 8 ? call(gussed, hal, at) : call(functions.all, gus, at);
  });
  await recorded(calls);
  const most = 20;
  const middle = { after_time: calls[4000].started_at, after_id: calls[4000].id };
  for (const [what, name, args, shown] of [
    ["who called", "list", { user: gus }, most],
    ["who called and owns, from the middle", "list", { user: gus, ...middle }, most],
    ["who only owns, of the last hour", "list", { user: gus, since: calls[4400].started_at }, most],
    ["until a time", "list", { user: gus, until: calls[4000].started_at }, most],
    ["an admin", "list", { user: "root", admin: true }, most],
    ["the service role", "list", { admin: true }, most],
    ["a stranger", "list", { user: "eve" }, 0],
    ["nobody's name", "list", { user: "eve", function_name: "bobs" }, 0],
    ["one's own function", "list_of_function", { user: gus, function_id: gussed.id, ...middle }, most],
    ["another's function", "list_of_function", { user: "eve", function_id: functions.bobs.id }, 0],
  ]) {
    const text = JSON.stringify({ user: null, admin: false, most, ...args });
    const { results, meta } = await database.prepare(statement(name)).bind(text).all();
    assert.equal(results.length, shown, what);
    // Of each of four kinds a page, its functions, and the row after it.
    assert.ok(meta.rows_read < 10 * most, `${what} read ${meta.rows_read} rows for ${shown}`);
    const plan = await database
      .prepare(`explain query plan ${statement(name)}`)
      .bind(text)
      .all();
    const steps = plan.results.map(({ detail }) => detail);
    assert.deepEqual(
      steps.filter((step) => /^SCAN (wasm_executions|functions|f)\b/.test(step)),
      [],
      what,
    );
    assert.ok(
      steps.some((step) => /^SEARCH wasm_executions USING INDEX/.test(step)),
      steps.join("\n"),
    );
  }
});
