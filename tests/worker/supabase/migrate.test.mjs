// A deployment on D1 and R2 moves to Supabase, killed on the way again and again; afterwards it answers as it did before.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LOCAL_JWT_SECRET, startSupabase } from "../../supabase/server/start.mjs";
import { root } from "../harness.mjs";
import { client, raw, wasm } from "../product/platform.mjs";
import { read, startProduct } from "../product/product.mjs";
import { startProxy } from "./proxy.mjs";

const cleanup = [];
after(async () => {
  while (cleanup.length > 0) await cleanup.pop()();
});

const [ann, bob] = [randomUUID(), randomUUID()];
const issuer = "https://issuer.example/auth/v1";

/** What the deployment shows to ann and to bob, whoever's store it is. */
async function shown(url, token) {
  const api = client(url);
  const seen = {};
  for (const [name, by] of [
    ["ann", token(ann)],
    ["bob", token(bob)],
  ]) {
    const { functions } = (await api(by, "GET", "/functions?limit=100")).json;
    const versions = {};
    const bytes = {};
    for (const { name } of functions) {
      versions[name] = (await api(by, "GET", `/functions/${name}/versions`)).json;
      for (const { version } of versions[name].versions) {
        bytes[`${name} ${version}`] = (await api(by, "GET", `/artifacts/${name}/${version}`)).headers.get("etag");
      }
    }
    const { executions } = (await api(by, "GET", "/executions?limit=100")).json;
    seen[name] = { functions, versions, bytes, executions };
  }
  return seen;
}

function migrate(state, url, key) {
  const args = [join(root, "scripts", "migrate.mjs"), "--from", "d1", "--to", "supabase", "--local", state];
  const env = { ...process.env, SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key };
  // A group of its own, so that what it starts is killed with it.
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve({ code, said })));
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It had ended by itself.
    }
  };
  return { ended, kill };
}

test("it moves whole, killed wherever it may be", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hashi-migrate-"));
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startSupabase({ migrations: [join(root, "supabase", "migrations")] });
  cleanup.push(() => server.close());
  const token = (sub) => {
    const exp = Math.floor(Date.now() / 1000) + 3600;
    return server.tokens.signSymmetric({ sub, role: "authenticated", aud: "authenticated", iss: issuer, exp });
  };
  const vars = { SUPABASE_JWT_SECRET: LOCAL_JWT_SECRET, AUTH_ISSUER: issuer, FUNCTION_CACHE_SECONDS: "0" };

  // On D1: two users' functions, versions, history, a key.
  const before = await startProduct({ supabaseUrl: server.url, vars, persist: folder });
  let stopped = false;
  cleanup.push(() => stopped || before.stop());
  const api = client(before.url);
  const call = (url, by, name) =>
    read(`${url}/functions/v1/wasm-executor`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${by}` },
      body: JSON.stringify({ moduleId: name, functionName: "run", args: [] }),
    });
  for (let at = 0; at < 6; at++) {
    const by = token(at % 2 === 0 ? ann : bob);
    const body = {
      name: `f-${at}`,
      visibility: at < 3 ? "public" : "private",
      entrypoint: "run",
      cron: at === 0 ? "0 0 1 1 *" : null,
    };
    const made = await api(by, "POST", "/functions", { body, headers: { "idempotency-key": `k-${at}` } });
    assert.equal(made.status, 201, made.text);
    for (let version = 0; version <= at % 3; version++) {
      const uploaded = await api(by, "POST", `/functions/f-${at}/upload`, {
        body: wasm(at + 10 * version),
        headers: raw,
      });
      assert.equal(uploaded.status, 201, uploaded.text);
    }
    await api(by, "POST", `/functions/f-${at}/versions/1/activate`);
    assert.equal((await call(before.url, by, `f-${at}`)).status, 200);
  }
  for (let left = 100; left > 0; left--) {
    if ((await api(token(ann), "GET", "/executions")).json.executions.length >= 3) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Postgres keeps no U+0000, which an earlier version of the platform let through.
  const database = await before.database("DB");
  const log = (...messages) => messages.map((message) => ({ level: "info", message }));
  const returned = '{"a":[1,"\\u00fc"]}';
  await database
    .prepare("update wasm_executions set logs = ?, result = ?, result_bytes = ? where function_name = 'f-0'")
    .bind(JSON.stringify(log("a\0b", "\\u0000")), returned, returned.length)
    .run();
  const wanted = await shown(before.url, token);
  const [first] = wanted.ann.executions.filter(({ function_name: name }) => name === "f-0");
  assert.deepEqual([first.result, first.result_bytes], [{ a: [1, "ü"] }, 18]);
  for (const execution of wanted.ann.executions)
    if (execution.function_name === "f-0") execution.logs = log("a\ufffdb", "\\u0000");
  assert.deepEqual([wanted.ann.functions.length, wanted.bob.functions.length], [4, 5]);
  await before.stop();
  stopped = true;

  // Killed after so many requests; the first time before any.
  const proxy = await startProxy(server.url);
  cleanup.push(() => proxy.close());
  let kills = 0;
  for (const at of [1, 5, 12, 30]) {
    const run = migrate(folder, proxy.url, server.serviceRoleKey);
    const hit = new Promise((resolve) => proxy.fail({ at, before: async () => resolve(run.kill()), how: "drop" }));
    const how = await Promise.race([run.ended, hit.then(() => run.ended)]);
    if (how.code === null) kills++;
    proxy.fail(undefined);
    // What is there is whole: no function without its bytes.
    const rows = await server.db.query(
      `select m.sha256 from public.wasm_modules m where not exists
         (select from storage.objects o where o.name = 'modules/' || m.sha256 || '/' || m.function_id)`,
    );
    assert.deepEqual(rows.rows, []);
  }
  assert.ok(kills >= 3, `it was killed ${kills} times`);
  const last = await migrate(folder, server.url, server.serviceRoleKey).ended;
  assert.equal(last.code, 0, last.said);
  assert.match(last.said, /by count and by hash/);
  const again = await migrate(folder, server.url, server.serviceRoleKey).ended;
  assert.equal(again.code, 0, "the same again changes nothing");

  const moved = await startProduct({
    supabaseUrl: server.url,
    anonKey: server.anonKey,
    vars: { ...vars, STORE: "supabase", SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey },
  });
  cleanup.push(() => moved.stop());
  assert.deepEqual(await shown(moved.url, token), wanted);
  const called = await call(moved.url, token(ann), "f-4");
  assert.equal(called.status, 200, called.text);
  const replayed = await client(moved.url)(token(ann), "POST", "/functions", {
    body: { name: "f-0", visibility: "public", entrypoint: "run", cron: "0 0 1 1 *" },
    headers: { "idempotency-key": "k-0" },
  });
  assert.deepEqual([replayed.status, replayed.headers.get("idempotent-replayed")], [201, "true"], replayed.text);
});

test("it says what it can't move, and what would be right", async () => {
  for (const [args, wanted] of [
    [["--from", "supabase", "--to", "d1"], /--from d1 --to supabase/],
    [["--from", "d1", "--to", "supabase", "--local", "/nowhere"], /\/nowhere is not there/],
    [["--from", "d1", "--to", "supabase", "--frm", "x"], /frm/],
  ]) {
    const child = spawn(process.execPath, [join(root, "scripts", "migrate.mjs"), ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    assert.deepEqual([code, wanted.test(said)], [2, true], said);
  }
});
