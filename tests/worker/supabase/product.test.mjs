// The whole platform on Supabase: one function's way through it, who sees what of it, and what is swept.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertHidden } from "../product/hidden.mjs";
import { guest, raw, sha256, wasm, wasmWithNul } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { assertSlowReadersHoldNothing } from "../product/slow-readers.mjs";
import { trickle, until } from "../raw.mjs";
import { startPlatformOnSupabase } from "./platform.mjs";

let worker;
let ann;
let bob;
before(async () => {
  worker = await startPlatformOnSupabase({ UPLOAD_SECONDS: "0", FUNCTION_CACHE_SECONDS: "5" });
  ann = worker.user();
  bob = worker.user();
});
after(() => worker?.stop());

const api = (...args) => worker.api(...args);
const upload = (by, name, body) => api(by, "POST", `/functions/${name}/upload`, { body, headers: raw });
const call = (by, name, functionName = "run", args = []) =>
  read(`${worker.url}/functions/v1/wasm-executor`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(by ? { authorization: `Bearer ${by}` } : {}) },
    body: JSON.stringify({ moduleId: name, functionName, args }),
  });
const query = async (sql, values) => (await worker.server.db.query(sql, values)).rows;
const objects = async () => (await query("select name from storage.objects order by name")).map(({ name }) => name);

async function history(by, name, count) {
  for (let left = 100; ; left--) {
    const { json } = await api(by, "GET", `/executions?function=${name}`);
    if (json.executions?.length >= count || left === 0) return json.executions;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a function is made, uploaded to, called, rolled back, read and deleted", async () => {
  const made = await api(ann, "POST", "/functions", { body: { name: "way" } });
  assert.equal(made.status, 201, made.text);
  const first = await upload(ann, "way", wasm());
  assert.equal(first.status, 201, first.text);
  assert.deepEqual([first.json.module.version, first.json.module.sha256, first.json.active], [1, sha256(wasm()), true]);
  const called = await call(ann, "way");
  assert.equal(called.status, 200, called.text);
  const second = await upload(ann, "way", wasm(1));
  assert.deepEqual([second.status, second.json?.module.version], [201, 2], second.text);
  assert.equal((await api(ann, "POST", "/functions/way/versions/1/activate")).json.active_version, 1);
  const { json } = await api(ann, "GET", "/functions/way/versions");
  assert.deepEqual(
    json.versions.map(({ version }) => version),
    [2, 1],
  );
  const range = await api(ann, "GET", "/artifacts/way/1", { headers: { range: "bytes=1-3" } });
  assert.deepEqual([range.status, range.text], [206, "asm"]);
  assert.equal((await api(ann, "DELETE", "/functions/way")).status, 204);
  assert.equal((await api(ann, "GET", "/functions/way")).status, 404);
});

test("downloads that nobody reads hold nothing, and the others are served", async (context) => {
  await assertSlowReadersHoldNothing(context, worker, ann);
});

test("the rows are the database's: made by the caller, with row security on", async () => {
  const id = randomUUID();
  const made = await api(worker.user(id), "POST", "/functions", { body: { name: "mine" } });
  const [row] = await query("select owner, owner_type, revision from public.functions where name = 'mine'");
  assert.deepEqual([row.owner, row.owner_type, row.revision], [id, "user", 1]);
  assert.equal(made.json.owner, id);
  assert.ok(worker.proxy.calls.includes("POST /rest/v1/rpc/create_function"), "no other way leads there");
});

test("history is recorded, and shown to callers and owners", async () => {
  await api(ann, "POST", "/functions", { body: { name: "heard", visibility: "public" } });
  await upload(ann, "heard", wasm(2));
  const called = await call(bob, "heard");
  assert.equal(called.status, 200, called.text);
  const [seen] = await history(ann, "heard", 1);
  assert.deepEqual([seen.id, seen.status, seen.source, seen.code], [called.json.executionId, "ok", "executor", null]);
  assert.equal((await history(bob, "heard", 1))[0].id, seen.id);
  assert.deepEqual((await api(worker.user(), "GET", "/executions?function=heard")).json.executions, []);
  assert.equal((await api(undefined, "GET", "/executions")).status, 401);
});

test("a function with U+0000 in its name is refused, which Postgres would not keep", async () => {
  await api(ann, "POST", "/functions", { body: { name: "nul-name" } });
  const refused = await upload(ann, "nul-name", wasmWithNul());
  assert.deepEqual([refused.status, refused.json.code], [422, "invalid_module"], refused.text);
  assert.match(refused.json.detail, /the export "a\\0b" has U\+0000 in its name/);
});

test("a guest that logs U+0000 stops nobody's history", async () => {
  await api(ann, "POST", "/functions", { body: { name: "nul", permissions: { logging_enabled: true } } });
  assert.equal((await upload(ann, "nul", guest("hello-world"))).status, 201);
  const request = { method: "get", uri: "/?name=a\0b", headers: [], body: null, "timeout-ms": null };
  const called = await call(ann, "nul", "handle", [request]);
  assert.equal(called.status, 200, called.text);
  const [seen] = await history(ann, "nul", 1);
  assert.deepEqual(seen.logs, [{ level: "info", message: "greeting a\ufffdb" }]);
  assert.deepEqual([seen.result, seen.result_bytes], [called.json.result, JSON.stringify(called.json.result).length]);
});

test("a bound of the database is told as a quota, and what else it refuses is not", async () => {
  const [eve, id] = [worker.user(), randomUUID()];
  const many = worker.user(id);
  for (const by of [eve, many])
    assert.equal((await api(by, "POST", "/functions", { body: { name: `bound-${by === eve}` } })).status, 201);
  await query(
    "insert into hashi.artifacts (sha256, state, begun_by) select lpad(n::text, 64, 'b'), 'pending', $1::uuid from generate_series(1, 256) as n",
    [id],
  );
  const refused = await upload(many, "bound-false", wasm(40));
  assert.deepEqual([refused.status, refused.json.code], [403, "quota_exceeded"], refused.text);
  assert.equal(
    refused.json.detail,
    "you have begun as many uploads as you may. Those that came to nothing are forgotten within the hour.",
  );
  assert.equal((await upload(eve, "bound-true", wasm(40))).status, 201, "another's room");
  worker.proxy.fail({ path: /begin_artifact/, how: "status", status: 403 });
  const denied = await upload(eve, "bound-true", wasm(41));
  worker.proxy.fail(undefined);
  assert.deepEqual([denied.status, denied.json.code], [403, "forbidden"], denied.text);
  assert.equal(denied.json.detail, "the database refuses this to the caller");
  const words = /the proxy fails as it was told to/;
  assert.ok(!words.test(denied.text) && worker.logs.some(({ text }) => words.test(text)), "its words are in the log");
  await query("delete from hashi.artifacts where begun_by = $1", [id]);
});

test("an upload that takes longer than it may is refused, and leaves nothing", async () => {
  const brief = await worker.beside({ UPLOAD_SECONDS: "1" });
  try {
    assert.equal((await brief.api(ann, "POST", "/functions", { body: { name: "slow" } })).status, 201);
    const before = await objects();
    const headers = { authorization: `Bearer ${ann}`, "content-type": "application/wasm" };
    const { port } = new URL(brief.url);
    const { status, body } = await trickle(port, "/api/v1/functions/slow/upload", headers, "\0asm");
    assert.deepEqual([status, JSON.parse(body).code], [408, "request_timeout"], body);
    assert.match(JSON.parse(body).detail, /^an upload may take 1 s, and this one took longer/);
    assert.deepEqual(await objects(), before);
    const again = await brief.api(ann, "POST", "/functions/slow/upload", { body: wasm(42), headers: raw });
    assert.equal(again.status, 201, again.text);
  } finally {
    await brief.stop();
  }
});

test("a warm call asks Supabase nothing", async () => {
  await api(ann, "POST", "/functions", { body: { name: "warm" } });
  await upload(ann, "warm", wasm(3));
  await call(ann, "warm");
  await history(ann, "warm", 1);
  const before = worker.proxy.calls.length;
  assert.equal((await call(ann, "warm")).json.cacheHit, true);
  const asked = worker.proxy.calls.slice(before).filter((name) => !name.includes("record_executions"));
  assert.deepEqual(asked, []);
});

test("a private function whose trigger is open is called by those who may not read it", async () => {
  await api(ann, "POST", "/functions", { body: { name: "page", trigger: "anonymous" } });
  assert.equal((await api(bob, "GET", "/functions/page")).status, 404);
  // It has no module: that is said to whoever may call it, and to nobody else.
  const open = await read(`${worker.url}/fn/page`);
  assert.equal(open.json.code, "module_not_found", open.text);
  await api(ann, "POST", "/functions", { body: { name: "closed" } });
  assert.equal((await read(`${worker.url}/fn/closed`)).json.code, "not_found");
});

test("the clock sweeps what no function uses, and calls what is due", async () => {
  await api(ann, "POST", "/functions", { body: { name: "tidy" } });
  const { json } = await upload(ann, "tidy", wasm(4));
  await api(ann, "POST", "/functions", { body: { name: "untidy" } });
  const gone = (await upload(ann, "untidy", wasm(5))).json.module.sha256;
  assert.equal((await api(ann, "DELETE", "/functions/untidy")).status, 204);
  assert.ok((await objects()).some((name) => name.includes(gone)));
  assert.equal(await worker.tick(Date.UTC(2026, 10, 25, 12)), "ok");
  const left = await objects();
  assert.ok(!left.some((name) => name.includes(gone) || name.startsWith("staging/")), left.join("\n"));
  const [{ id }] = await query("select id from public.functions where name = 'tidy'");
  const { sha256: hash, prepared } = json.module;
  for (const name of [`modules/${hash}/${id}`, `bundles/${hash}/${id}/${prepared.bundle}`])
    assert.ok(left.includes(name), name);
  await api(ann, "PATCH", "/functions/tidy", { body: { cron: "* * * * *" } });
  assert.equal(await worker.tick(Date.UTC(2099, 0, 1, 12, 1)), "ok");
  const [ticked] = await history(ann, "tidy", 1);
  assert.deepEqual([ticked?.source, ticked?.caller], ["cron", null]);
});

test("a row that can't be read is left out, and the others are listed and called", async () => {
  const settings = { visibility: "public", cron: "* * * * *", entrypoint: "run" };
  for (const name of ["spoilt-a", "spoilt-b", "spoilt-c"]) {
    assert.equal((await api(ann, "POST", "/functions", { body: { name, ...settings } })).status, 201);
    assert.equal((await upload(ann, name, wasm(50))).status, 201);
  }
  // The table refuses such a row, so its check is taken away for it.
  await query("alter table public.functions drop constraint functions_permissions_are_some");
  try {
    await query(`update public.functions set permissions = '{"x":1}' where name = 'spoilt-b'`);
    const names = async (cursor) => {
      const page = await api(bob, "GET", `/functions?search=spoilt-&limit=1${cursor ? `&cursor=${cursor}` : ""}`);
      assert.equal(page.status, 200, page.text);
      const here = page.json.functions.map(({ name }) => name);
      return page.json.next ? [...here, ...(await names(page.json.next))] : here;
    };
    assert.deepEqual(await names(), ["spoilt-a", "spoilt-c"]);
    assert.equal(await worker.tick(Date.UTC(2099, 0, 2, 12, 1)), "ok");
    for (const name of ["spoilt-a", "spoilt-c"]) assert.equal((await history(ann, name, 1)).length, 1, name);
    for (const name of ["list_functions", "claim_ticks"])
      assert.ok(
        worker.logs.some(({ text }) => text.includes("a row can't be read and is left out") && text.includes(name)),
        name,
      );
  } finally {
    await query("delete from public.functions where name = 'spoilt-b'");
    await query(
      "alter table public.functions add constraint functions_permissions_are_some check (hashi.are_permissions(permissions))",
    );
  }
});

test("a token is refused when it has expired, and when its session has ended", async () => {
  const expired = worker.token({ sub: randomUUID(), exp: Math.floor(Date.now() / 1000) - 60 });
  assert.deepEqual([(await api(expired, "GET", "/functions")).json.code], ["unauthorized"]);
  const eve = await worker.signUp();
  assert.equal((await api(eve.token, "POST", "/functions", { body: { name: "eves" } })).status, 201);
  await upload(eve.token, "eves", wasm(6));
  await eve.db.auth.signOut();
  for (const [method, path, options] of [
    ["GET", "/functions"],
    ["GET", "/functions/eves"],
    ["POST", "/functions", { body: { name: "late" } }],
    ["PATCH", "/functions/eves", { body: { memory_pages: 2 } }],
    ["DELETE", "/functions/eves"],
    ["GET", "/artifacts/eves/1"],
    ["GET", "/executions"],
    ["POST", "/functions/eves/upload", { body: wasm(7), headers: raw }],
  ]) {
    const { status, json } = await api(eve.token, method, path, options);
    assert.deepEqual([status, json?.code], [401, "unauthorized"], `${method} ${path}`);
  }
  assert.equal((await query("select from public.functions where name = 'late'")).length, 0);
});

test("what may not be read answers as what doesn't exist, to the last header, whoever asks for what", async () => {
  await assertHidden(api, worker.user(), [undefined, worker.user(), worker.admin(), worker.service()]);
});

test("what was changed elsewhere is gone by here within the time that a function is known for", async () => {
  const owner = worker.user();
  const elsewhere = await worker.beside({});
  try {
    assert.equal(
      (await api(owner, "POST", "/functions", { body: { name: "narrowed", trigger: "anonymous" } })).status,
      201,
    );
    await upload(owner, "narrowed", guest("hello-world"));
    const call = async () => (await fetch(`${worker.url}/fn/narrowed`)).status;
    assert.equal(await call(), 200);
    assert.equal(
      (await elsewhere.api(owner, "PATCH", "/functions/narrowed", { body: { trigger: "none" } })).status,
      200,
    );
    assert.equal((await fetch(`${elsewhere.url}/fn/narrowed`)).status, 404, "at once where it was changed");
    // FUNCTION_CACHE_SECONDS is 5.
    await until(async () => (await call()) === 404, 8000);
    assert.equal(await call(), 404);
  } finally {
    await elsewhere.stop();
  }
});

test("a role that is none is refused, and so is a user who is none", async () => {
  for (const [claims, detail] of [
    [{ sub: randomUUID(), role: "postgres" }, /role has to be authenticated/],
    [{ sub: randomUUID(), role: undefined }, /role has to be authenticated/],
    [{ sub: "not-a-uuid" }, /sub is no UUID/],
    [{ sub: "not-a-uuid", app_metadata: { role: "admin" } }, /sub is no UUID/],
  ]) {
    for (const [method, path, options] of [
      ["GET", "/functions"],
      ["GET", "/executions"],
      ["POST", "/functions", { body: { name: "of-postgres" } }],
    ]) {
      const { status, json, headers } = await api(worker.token(claims), method, path, options);
      assert.deepEqual([status, json.code], [401, "unauthorized"], `${method} ${path} ${JSON.stringify(claims)}`);
      assert.match(json.detail, detail);
      assert.match(headers.get("www-authenticate"), /invalid_token/);
    }
  }
  assert.equal((await query("select from public.functions where name = 'of-postgres'")).length, 0);
});
