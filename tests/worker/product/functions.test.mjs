// The control plane in real workerd, with real D1 and R2: one function's way, and what is refused on it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../harness.mjs";
import { announce } from "../raw.mjs";
import { assertHidden } from "./hidden.mjs";
import { admin, raw, service, sha256, startPlatform, user, wasm } from "./platform.mjs";

let worker;
before(async () => {
  worker = await startPlatform();
});
after(() => worker?.stop());

const ann = user("ann");
const bob = user("bob");
const api = (...request) => worker.api(...request);

test("a function is made, uploaded to, rolled back, read and deleted", async () => {
  const made = await api(ann, "POST", "/functions", { body: { name: "way" } });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.json.owner, made.json.revision, made.json.active_version], ["ann", 1, null]);
  const first = await api(ann, "POST", "/functions/way/upload", { body: wasm(), headers: raw });
  assert.equal(first.status, 201, first.text);
  const { module, active } = first.json;
  assert.deepEqual(
    [module.version, module.sha256, module.size, module.kind, module.prepared.exports, active],
    [1, sha256(wasm()), wasm().length, "core", [{ name: "run", signature: "func()" }], true],
  );
  const form = new FormData();
  form.append("file", new Blob([wasm(1)]), "b.wasm");
  const second = await api(ann, "POST", "/functions/way/upload", { body: form });
  assert.deepEqual([second.status, second.json?.module.version], [201, 2], second.text);
  const again = await api(ann, "POST", "/functions/way/upload?activate=false", { body: wasm(), headers: raw });
  assert.deepEqual([again.json.module.version, again.json.active], [1, false]);
  const back = await api(ann, "POST", "/functions/way/versions/1/activate");
  assert.deepEqual([back.status, back.json.active_version], [200, 1]);
  const { json } = await api(ann, "GET", "/functions/way/versions");
  assert.deepEqual(
    json.versions.map(({ version }) => version),
    [2, 1],
  );
  const response = await fetch(`${worker.url}/api/v1/artifacts/way/2`, { headers: { authorization: `Bearer ${ann}` } });
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), wasm(1));
  assert.equal(response.headers.get("etag"), `"${sha256(wasm(1))}"`);
  const range = await api(ann, "GET", "/artifacts/way/2", { headers: { range: "bytes=1-3" } });
  assert.deepEqual(
    [range.status, range.text, range.headers.get("content-range")],
    [206, "asm", `bytes 1-3/${wasm(1).length}`],
  );
  assert.equal(
    (await api(ann, "GET", "/artifacts/way/2", { headers: { range: `bytes=${wasm(1).length}-` } })).status,
    416,
  );
  for (const asked of ["bytes=1-3", `bytes=${wasm(1).length}-`]) {
    const head = await api(ann, "HEAD", "/artifacts/way/2", { headers: { range: asked } });
    assert.deepEqual(
      [head.status, head.headers.get("content-length"), head.headers.get("content-range")],
      [200, String(wasm(1).length), null],
      `HEAD has no ranges: ${asked}`,
    );
  }
  assert.equal((await api(ann, "DELETE", "/functions/way")).status, 204);
  assert.equal((await api(ann, "GET", "/functions/way")).status, 404);
});

test("what may not be read looks like what doesn't exist", async () => {
  await api(ann, "POST", "/functions", { body: { name: "hidden" } });
  for (const [method, path] of [
    ["GET", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["GET", "/versions"],
    ["POST", "/upload"],
    ["POST", "/versions/1/activate"],
  ]) {
    for (const caller of [undefined, bob]) {
      const there = await api(caller, method, `/functions/hidden${path}`);
      const nowhere = await api(caller, method, `/functions/nowhere${path}`);
      const seen = ({ status, json }) => ({ status, ...json, requestId: undefined });
      assert.equal(there.status, 404, `${method} ${path}`);
      assert.deepEqual(seen(there), seen(nowhere), `${method} ${path}`);
    }
  }
});

test("what may not be read answers as what doesn't exist, to the last header, whoever asks for what", async () => {
  await assertHidden(api, user("wes"), [undefined, bob, admin("root"), service()]);
});

test("a list is that of an owner, or of a kind of them, where that is asked for", async () => {
  const tag = "filtered";
  for (const [by, name, settings] of [
    [ann, `${tag}-a`, { visibility: "public" }],
    [bob, `${tag}-b`, { visibility: "public" }],
    [service(), `${tag}-s`, { owner_type: "system" }],
  ]) {
    assert.equal((await api(by, "POST", "/functions", { body: { name, ...settings } })).status, 201);
  }
  const list = async (query) => {
    const { json } = await api(ann, "GET", `/functions?search=${tag}${query}`);
    return json.functions.map(({ name }) => name.slice(-1)).join("");
  };
  for (const [query, found] of [
    ["", "abs"],
    ["&owner=ann", "a"],
    ["&owner=bob", "b"],
    ["&owner=nobody", ""],
    ["&owner_type=user", "ab"],
    ["&owner_type=system", "s"],
    ["&owner_type=admin", ""],
    ["&owner_type=user&owner=bob", "b"],
    ["&owner_type=system&owner=bob", ""],
  ]) {
    assert.equal(await list(query), found, query);
  }
});

test("uploads are refused by their fault", async () => {
  await api(ann, "POST", "/functions", { body: { name: "strict" } });
  const upload = (body, headers, query = "") =>
    api(ann, "POST", `/functions/strict/upload${query}`, { body, headers: { ...raw, ...headers } });
  const refusals = [
    [await upload("(module)"), 422, "invalid_module"],
    [await upload(wasm(), {}, `?sha256=${sha256("other")}`), 422, "digest_mismatch"],
    [await upload(wasm(), { "content-type": "text/plain" }), 415, "unsupported_media_type"],
    [await upload(wasm(), { "if-match": '"r9"' }), 412, "precondition_failed"],
  ];
  for (const [answer, status, code] of refusals) assert.deepEqual([answer.status, answer.json.code], [status, code]);
  const headers = { ...raw, authorization: `Bearer ${ann}` };
  const long = await announce(worker.port, "/api/v1/functions/strict/upload", 10 * 1024 * 1024 + 1, headers);
  assert.deepEqual(long, [413, "body_too_large"]);
  assert.equal((await upload(wasm(), {}, `?sha256=${sha256(wasm())}`)).status, 201);
});

test("a request without a token is anonymous, one with a wrong token is refused", async () => {
  assert.equal((await api(undefined, "GET", "/functions")).status, 200);
  assert.equal((await api(undefined, "POST", "/functions", { body: { name: "nobody" } })).status, 401);
  assert.equal((await api(`${ann}x`, "GET", "/functions")).status, 401);
  assert.equal((await api(user("ann", { iss: "elsewhere" }), "GET", "/functions")).status, 401);
  const system = { name: "of-the-system", owner_type: "system" };
  assert.equal((await api(ann, "POST", "/functions", { body: system })).status, 403);
  assert.equal((await api(service(), "POST", "/functions", { body: system })).status, 201);
});

test("a repeated creation makes one function", async () => {
  const headers = { "idempotency-key": "once" };
  const made = await api(ann, "POST", "/functions", { body: { name: "once" }, headers });
  const again = await api(ann, "POST", "/functions", { body: { name: "once" }, headers });
  assert.deepEqual([again.status, again.json, again.headers.get("idempotent-replayed")], [201, made.json, "true"]);
  const other = await api(ann, "POST", "/functions", { body: { name: "twice" }, headers });
  assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"]);
});

test("a repeated upload or activation does nothing anew, whatever came in between", async () => {
  const name = "repeated";
  await api(ann, "POST", "/functions", { body: { name } });
  const post = (key, body, { query = "", ...more } = {}) =>
    api(ann, "POST", `/functions/${name}/upload${query}`, {
      body,
      headers: { ...raw, "idempotency-key": key, ...more },
    });
  const activate = (key, version, more) =>
    api(ann, "POST", `/functions/${name}/versions/${version}/activate`, {
      headers: { "idempotency-key": key, ...more },
    });
  const same = (again, first) => {
    assert.deepEqual([again.status, again.json], [first.status, first.json]);
    for (const header of ["etag", "location"]) assert.equal(again.headers.get(header), first.headers.get(header));
    const replayed = [first, again].map(({ headers }) => headers.get("idempotent-replayed"));
    assert.deepEqual(replayed, [null, "true"]);
  };
  const { headers } = await api(ann, "GET", `/functions/${name}`);
  const matching = { "if-match": headers.get("etag") };
  const first = await post("one", wasm(31), matching);
  assert.equal(first.status, 201, first.text);
  const second = await post("two", wasm(32));
  const back = await activate("back", 1);
  assert.deepEqual([second.json.module.version, back.json.active_version], [2, 1]);
  // Its answer got lost, and the condition that it came with held then.
  same(await post("one", wasm(31), matching), first);
  same(await post("two", wasm(32)), second);
  const now = await api(ann, "GET", `/functions/${name}`);
  assert.deepEqual([now.json.active_version, now.json.revision], [1, back.json.revision], "rolled back it stays");
  await activate("forth", 2);
  same(await activate("back", 1, { "if-match": '"1"' }), back);
  assert.equal((await api(ann, "GET", `/functions/${name}`)).json.active_version, 2);
  // A form with the same module asks for the same.
  const form = new FormData();
  form.append("file", new Blob([wasm(31)]));
  const formed = { body: form, headers: { "idempotency-key": "one" } };
  same(await api(ann, "POST", `/functions/${name}/upload`, formed), first);
  for (const other of [
    await post("one", wasm(33)),
    await post("one", wasm(31), { query: "?activate=false" }),
    await post("back", wasm(31)),
    await activate("one", 1),
    await activate("back", 2),
    await api(ann, "POST", "/functions", { body: { name: "thrice" }, headers: { "idempotency-key": "one" } }),
  ]) {
    assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"]);
  }
  assert.deepEqual((await post("", wasm(31))).json.code, "invalid_parameter");
  assert.deepEqual((await activate("x".repeat(256), 1)).json.code, "invalid_parameter");
  // A refusal keeps no key.
  assert.equal((await post("late", "text")).json.code, "invalid_module");
  assert.equal((await post("late", wasm(34))).status, 201);
  // What one may not change any more is not told again either.
  assert.equal(
    (await api(bob, "POST", `/functions/${name}/versions/1/activate`, { headers: { "idempotency-key": "back" } }))
      .status,
    404,
  );
  const { objects } = await (await worker.bucket("ARTIFACTS")).list({ prefix: "staging/" });
  assert.deepEqual(objects, []);
});

test("a key keeps the hash of its request, and a caller's last hundred keys are kept", async () => {
  const [ula, database] = [user("ula"), await worker.database("DB")];
  const many = `insert into idempotency_keys select 'user:ula', printf('k%03d', value), '', '{}', printf('2026-01-01T00:00:00.%03dZ', value)
    from json_each(?)`;
  await database
    .prepare(many)
    .bind(JSON.stringify(Array.from({ length: 120 }, (_, at) => at)))
    .run();
  const body = { name: "hashed", permissions: { logging_enabled: true } };
  const made = await api(ula, "POST", "/functions", { body, headers: { "idempotency-key": "k" } });
  assert.equal(made.status, 201, made.text);
  const kept = "select key, request from idempotency_keys where caller = 'user:ula' order by key";
  const { results } = await database.prepare(kept).all();
  assert.deepEqual(results[0], { key: "k", request: sha256(JSON.stringify(body)) });
  assert.deepEqual([results.length, results[1].key, results.at(-1).key], [100, "k021", "k119"]);
});

test("a page of functions reads what it shows, however many others have", async () => {
  const database = await worker.database("DB");
  const insert = `insert into functions
    select lower(hex(randomblob(16))), printf('many-%05d', value), iif(value % 100, 'user', iif(value % 200, 'system', 'admin')),
      iif(value % 50 = 1, 'gus', 'hal'), '_start', 'wasm', 1, 1, 1, iif(value % 10, 'private', 'public'), 'none', null, '{}', null, 1, '', ''
    from json_each(?)`;
  await database
    .prepare(insert)
    .bind(JSON.stringify(Array.from({ length: 8000 }, (_, at) => at)))
    .run();
  const sql = (name) => readFileSync(join(root, `src/functions/store/sql/${name}.sql`), "utf8");
  const statement = sql("list").replaceAll("      -- page.sql\n", () => sql("page"));
  const most = 20;
  for (const [what, args, shown] of [
    ["their own and the public ones", { user: "gus", system: true, after: "many-04000" }, most],
    ["their own", { user: "gus", owner: "gus", system: true }, most],
    ["a stranger's public ones", { user: "gus", owner: "hal", system: true }, most],
    ["nobody", {}, most],
    ["the system's", { user: "gus", owner_type: "system", system: true }, most],
    ["the system's, by nobody", { owner_type: "system" }, 0],
    ["the admins'", { user: "root", owner_type: "admin", system: true, admin: true }, most],
    ["the admins', by a user", { user: "gus", owner_type: "admin", system: true }, 0],
    ["somebody who has none", { user: "eve", owner: "eve", system: true }, 0],
  ]) {
    const text = JSON.stringify({ user: null, system: false, admin: false, after: "", most, ...args });
    const { results, meta } = await database.prepare(statement).bind(text).all();
    assert.equal(results.length, shown, what);
    // A stranger's private ones are between their public ones: nine of ten.
    assert.ok(meta.rows_read < 25 * most, `${what} read ${meta.rows_read} rows for ${shown}`);
  }
  await database.prepare("delete from functions where name like 'many-%'").run();
});
