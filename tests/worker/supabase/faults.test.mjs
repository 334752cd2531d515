// Supabase slow, down, rate-limiting or failing half-way: each has its code, and nothing half-done is left to see.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { raw, wasm } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { startPlatformOnSupabase } from "./platform.mjs";

let worker;
/** Waits for a Supabase that hangs no longer than a test does. */
let hasty;
let ann;
let count = 0;
before(async () => {
  worker = await startPlatformOnSupabase({ UPLOAD_SECONDS: "0" });
  hasty = await worker.beside({ SUPABASE_TIMEOUT_MS: "1000" });
  ann = worker.user();
});
beforeEach(() => worker.proxy.fail(undefined));
after(async () => {
  await hasty?.stop();
  await worker?.stop();
});

const api = (...args) => worker.api(...args);
const upload = (name, body, options = {}, by = api) =>
  by(ann, "POST", `/functions/${name}/upload`, { body, ...options, headers: { ...raw, ...options.headers } });
const query = async (sql, values) => (await worker.server.db.query(sql, values)).rows;
const objects = async () => (await query("select name from storage.objects order by name")).map(({ name }) => name);
const told = ({ status, json }) => [status, json?.code];
const UNAVAILABLE = [503, "unavailable"];

async function make(settings = {}) {
  const name = `f-${++count}`;
  const made = await api(ann, "POST", "/functions", { body: { name, ...settings } });
  assert.equal(made.status, 201, made.text);
  return name;
}

/** What a function shows of itself. */
async function seen(name) {
  const { json } = await api(ann, "GET", `/functions/${name}`);
  const { json: versions } = await api(ann, "GET", `/functions/${name}/versions`);
  return { function: json, versions };
}

/** Every object belongs to a module, every module has its objects, and the notes of content keys say so. */
async function assertTidy() {
  const modules = await query("select function_id, sha256, prepared ->> 'bundle' as bundle from public.wasm_modules");
  const wanted = modules.flatMap(({ function_id, sha256, bundle }) => [
    `bundles/${sha256}/${function_id}/${bundle}`,
    `modules/${sha256}/${function_id}`,
  ]);
  assert.deepEqual(await objects(), wanted.sort());
  const states = await query("select sha256 || ' ' || state as text from hashi.artifacts order by 1");
  const hashes = [...new Set(modules.map(({ sha256 }) => `${sha256} stored`))].sort();
  assert.deepEqual(
    states.map(({ text }) => text),
    hashes,
  );
}

const sweep = async () => assert.equal(await worker.tick(Date.UTC(2026, 10, 25, 12)), "ok");

for (const how of ["status", "lost", "drop", "hang"]) {
  test(`an upload whose Supabase does "${how}" at each of its steps leaves nothing half-done`, async () => {
    const by = (how === "hang" ? hasty : worker).api;
    const name = await make();
    const from = worker.proxy.calls.length;
    assert.equal((await upload(name, wasm(count * 100), {}, by)).status, 201);
    const steps = worker.proxy.calls.slice(from);
    assert.equal(steps.length, 9, "as docs/supabase.md says");
    for (let at = 1; at <= steps.length; at++) {
      const said = `step ${at}, ${steps[at - 1]}`;
      const before = await seen(name);
      worker.proxy.fail({ at, how });
      const answer = await upload(name, wasm(count * 100 + at), {}, by);
      worker.proxy.fail(undefined);
      const now = await seen(name);
      if (answer.status === 201) {
        // A read is asked again when its connection broke; and the last two look at what is stored, and tidy up.
        assert.ok(how === "drop" || at > steps.length - 2, said);
        assert.equal(now.versions.versions.length, before.versions.versions.length + 1, said);
      } else {
        assert.deepEqual(told(answer), UNAVAILABLE, said);
        assert.equal(answer.headers.get("retry-after"), "5", said);
      }
      const happened = now.versions.versions.length > before.versions.versions.length;
      if (happened) {
        // It was committed, and at most the answer is missing: then all of it is there.
        assert.equal(now.function.active_version, before.versions.versions[0].version + 1, said);
        const bytes = await api(ann, "GET", `/artifacts/${name}/${now.function.active_version}`);
        assert.equal(bytes.status, 200, said);
      } else {
        assert.deepEqual(now, before, said);
      }
      await sweep();
      await assertTidy();
      assert.deepEqual(await seen(name), now, `the sweep after ${said}`);
    }
  });
}

test("a bundle that is removed when it has just got its module is stored again", async () => {
  const name = await make();
  const service = { authorization: `Bearer ${worker.server.serviceRoleKey}`, apikey: worker.server.serviceRoleKey };
  const remove = async () => {
    const mine = (await objects()).filter((object) => object.startsWith("bundles/") && !others.includes(object));
    assert.equal(mine.length, 1);
    const url = `${worker.server.url}/storage/v1/object/private_uploads/${mine[0]}`;
    assert.equal((await fetch(url, { method: "DELETE", headers: service })).status, 200);
  };
  const others = await objects();
  worker.proxy.fail({ path: /authenticated\/private_uploads\/bundles/, before: remove });
  assert.equal((await upload(name, wasm(7200))).status, 201);
  worker.proxy.fail(undefined);
  await assertTidy();
});

test("an upload that breaks off in the middle of its bytes leaves nothing", async () => {
  const name = await make();
  worker.proxy.fail({ path: /storage\/v1\/object\/private_uploads\/staging/, how: "cut" });
  assert.deepEqual(told(await upload(name, wasm(5000))), UNAVAILABLE);
  worker.proxy.fail(undefined);
  assert.deepEqual((await seen(name)).versions.versions, []);
  await sweep();
  await assertTidy();
});

test("a Supabase that is down, slow or limiting is unavailable, and never a wrong answer", async () => {
  const name = await make();
  for (const fault of [
    { how: "status", status: 500 },
    { how: "status", status: 503 },
    { how: "status", status: 429, headers: { "retry-after": "30" } },
    { how: "status", status: 544 },
    { how: "drop" },
    { how: "hang" },
  ]) {
    for (const [method, path, options] of [
      ["GET", `/functions/${name}`],
      ["GET", "/functions"],
      ["GET", "/executions"],
      ["POST", "/functions", { body: { name: `f-${++count}` } }],
      ["DELETE", `/functions/${name}`],
    ]) {
      worker.proxy.fail(fault);
      assert.deepEqual(
        told(await (fault.how === "hang" ? hasty : worker).api(ann, method, path, options)),
        UNAVAILABLE,
        `${JSON.stringify(fault)} ${method} ${path}`,
      );
    }
  }
  worker.proxy.fail(undefined);
  assert.equal((await api(ann, "GET", `/functions/${name}`)).status, 200, "and then it is there again");
});

test("an answer that stalls is waited for no longer than one that doesn't begin", async () => {
  const name = await make();
  assert.equal((await upload(name, wasm(7000))).status, 201);
  for (const [method, path, fault, status] of [
    ["GET", "/functions", /rest/],
    ["GET", `/artifacts/${name}/1`, /storage/],
    ["GET", `/artifacts/${name}/1`, /storage/, 400],
    ["DELETE", `/functions/${name}`, /rest/],
  ]) {
    worker.proxy.fail({ how: "stall", path: fault, status });
    assert.deepEqual(told(await hasty.api(ann, method, path)), UNAVAILABLE, `${method} ${path}`);
  }
  worker.proxy.fail({ how: "stall", path: /storage/ });
  assert.deepEqual(told(await upload(name, wasm(7001), {}, hasty.api)), UNAVAILABLE);
});

test("a read is asked again after a failure that passes, and a change never", async () => {
  const name = await make();
  for (const fault of [
    { at: 1, how: "status", status: 503 },
    { at: 1, how: "drop" },
    { at: 1, how: "status", status: 429, headers: { "retry-after": "0" } },
  ]) {
    worker.proxy.fail(fault);
    assert.equal((await api(ann, "GET", `/functions/${name}`)).status, 200, JSON.stringify(fault));
  }
  const from = worker.proxy.calls.length;
  worker.proxy.fail({ path: /create_function/, how: "status", status: 503 });
  assert.deepEqual(told(await api(ann, "POST", "/functions", { body: { name: `f-${++count}` } })), UNAVAILABLE);
  assert.equal(worker.proxy.calls.slice(from).filter((call) => call.includes("create_function")).length, 1);
});

test("a creation whose answer was lost is found again by its key", async () => {
  const body = { name: `f-${++count}` };
  const headers = { "idempotency-key": "lost" };
  worker.proxy.fail({ path: /create_function/, how: "lost" });
  assert.deepEqual(told(await api(ann, "POST", "/functions", { body, headers })), UNAVAILABLE);
  worker.proxy.fail(undefined);
  const again = await api(ann, "POST", "/functions", { body, headers });
  assert.deepEqual([again.status, again.headers.get("idempotent-replayed")], [201, "true"]);
});

test("an upload and an activation whose answers were lost are answered by their keys, whatever they changed", async () => {
  const name = await make();
  const { json: first } = await upload(name, wasm(7100));
  const etag = async () => (await api(ann, "GET", `/functions/${name}`)).headers.get("etag");
  for (const [key, path, send] of [
    ["up", /add_module/, (headers) => upload(name, wasm(7101), { headers: { ...raw, ...headers } })],
    ["back", /activate_version/, (headers) => api(ann, "POST", `/functions/${name}/versions/1/activate`, { headers })],
  ]) {
    const headers = { "idempotency-key": `${name} ${key}`, "if-match": await etag() };
    worker.proxy.fail({ path, how: "lost" });
    assert.deepEqual(told(await send(headers)), UNAVAILABLE, key);
    worker.proxy.fail(undefined);
    assert.notEqual(await etag(), headers["if-match"], `${key} happened`);
    const again = await send(headers);
    assert.equal(again.headers.get("idempotent-replayed"), "true", `${key}: ${again.text}`);
    assert.ok(again.status < 300);
  }
  const { json: now } = await api(ann, "GET", `/functions/${name}`);
  assert.equal(now.active_version, first.module.version);
});

test("a row that was changed in between is told apart by what the client asked", async () => {
  const name = await make();
  const { json } = await api(ann, "GET", `/functions/${name}`);
  const meanwhile = () => query("update public.functions set memory_pages = memory_pages + 1 where name = $1", [name]);
  const etag = async () => (await api(ann, "GET", `/functions/${name}`)).headers.get("etag");
  const stale = await api(ann, "PATCH", `/functions/${name}`, {
    body: { memory_pages: 9 },
    headers: { "if-match": '"r99"' },
  });
  assert.deepEqual(told(stale), [412, "precondition_failed"], "before it was read");
  const current = await etag();
  worker.proxy.fail({ path: /update_function/, before: meanwhile });
  const raced = await api(ann, "PATCH", `/functions/${name}`, {
    body: { memory_pages: 9 },
    headers: { "if-match": current },
  });
  assert.deepEqual(told(raced), [412, "precondition_failed"], "after it was read, with a condition");
  const unconditional = await api(ann, "PATCH", `/functions/${name}`, { body: { memory_pages: 9 } });
  assert.deepEqual(told(unconditional), [409, "conflict"], "after it was read, without one");
  worker.proxy.fail({ path: /delete_function/, before: meanwhile });
  assert.deepEqual(told(await api(ann, "DELETE", `/functions/${name}`)), [409, "conflict"]);
  worker.proxy.fail(undefined);
  const now = await api(ann, "GET", `/functions/${name}`);
  assert.equal(now.json.memory_pages, json.memory_pages + 3, "only the others' changes happened");
});

test("bytes that are damaged or gone are never served, neither a module's nor a bundle's", async () => {
  const name = await make();
  const whole = wasm(7000);
  const { json } = await upload(name, whole);
  const { sha256, prepared } = json.module;
  const module = `modules/${sha256}/${json.function_id}`;
  const bundle = `bundles/${sha256}/${json.function_id}/${prepared.bundle}`;
  const put = (path, bytes) =>
    fetch(`${worker.server.url}/storage/v1/object/private_uploads/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${worker.server.serviceRoleKey}`, "x-upsert": "true" },
      body: bytes,
    });
  const CORRUPT = [500, "artifact_corrupt"];
  const ask = async () => told(await api(ann, "GET", `/artifacts/${name}/1`));
  const call = async () =>
    told(
      await read(`${worker.url}/functions/v1/wasm-executor`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${ann}` },
        body: JSON.stringify({ moduleId: name, functionName: "run", args: [] }),
      }),
    );
  const damaged = whole.slice();
  damaged[20] ^= 1;
  for (const bytes of [damaged, whole.slice(0, -1), new Uint8Array(0)]) {
    await put(module, bytes);
    assert.deepEqual(await ask(), CORRUPT);
  }
  for (const headers of [{}, { range: "bytes=0-3" }]) {
    const again = async () => told(await api(ann, "GET", `/artifacts/${name}/1`, { headers }));
    await put(module, whole);
    for (const before of [
      () => put(module, damaged),
      () => query("delete from storage.objects where name = $1", [module]),
    ]) {
      worker.proxy.fail({ path: /object\/authenticated/, at: 2, before });
      assert.deepEqual(await again(), CORRUPT, "after its check");
      worker.proxy.fail(undefined);
      await put(module, whole);
      assert.ok((await again())[0] < 300);
    }
  }
  await put(bundle, "something else");
  assert.deepEqual(await call(), CORRUPT);
  await query("delete from storage.objects where name in ($1, $2)", [module, bundle]);
  assert.deepEqual([await ask(), await call()], [CORRUPT, CORRUPT]);
  // As the remedy says: upload it again.
  assert.equal((await upload(name, whole)).status, 201);
  assert.deepEqual(await ask(), [200, undefined]);
  assert.equal((await call())[0], 200);
});
