/** Starting and stopping: migrations, the data folder, ports, signals, reset. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { clientFor, FIXTURES, ROOT, signedUp } from "./fixtures/server.mjs";
import { startSupabase } from "./server/start.mjs";

const LOCAL = join(ROOT, "tests/supabase/local.mjs");

describe("starting", () => {
  let folder;
  const children = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "hashi-start-"));
  });
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a script of the project; `ready` is its first line, `ended` its exit code and output. */
  const run = (script, args) => {
    const child = spawn(process.execPath, [script, ...args]);
    children.push(child);
    let output = "";
    const ready = new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          output += chunk;
          if (output.includes("\n")) resolve(output.split("\n")[0]);
        });
      }
    });
    const ended = once(child, "close").then(([code]) => ({ code, output }));
    return { child, ready, ended, output: () => output };
  };
  const address = (line) => /http:\/\/\S+/.exec(line)[0];
  const keyIn = (line) => /anon key (\S+)\)/.exec(line)[1];

  it("applies each migration once, new ones later, and notices a changed one", async () => {
    const dataDir = join(folder, "migrations-data");
    const sql = join(folder, "sql");
    cpSync(FIXTURES, sql, { recursive: true });
    const start = () => startSupabase({ dataDir, migrations: [sql] });
    const first = await start();
    await first.db.exec("insert into public.country values (9, 'Nine', 'NN')");
    await first.close();
    writeFileSync(
      join(sql, "20300101000000_more.sql"),
      "create table public.more (id integer); grant select on public.more to anon; set role anon; reset role;",
    );
    const second = await start();
    const db = clientFor(second.url, second.anonKey);
    assert.equal(
      (await db.from("country").select("id", { count: "exact", head: true })).count,
      4,
      "the old ones did not run again",
    );
    assert.equal((await db.from("more").select()).error, null);
    const { rows } = await second.db.query(
      "select version from supabase_migrations.schema_migrations order by version",
    );
    assert.ok(rows.some(({ version }) => version === "20300101000000"));
    await second.close();
    writeFileSync(join(sql, "20300101000000_more.sql"), "create table public.more (id bigint);");
    await assert.rejects(
      start(),
      /20300101000000_more\.sql has changed since it was applied\..*npm run supabase:reset/,
    );
    writeFileSync(
      join(sql, "20300101000000_more.sql"),
      "create table public.more (id integer); grant select on public.more to anon; set role anon; reset role;",
    );
    writeFileSync(join(sql, "20300102000000_bad.sql"), "create table public.half (id integer); select nonsense;");
    await assert.rejects(start(), /20300102000000_bad\.sql failed: column "nonsense" does not exist/);
    rmSync(join(sql, "20300102000000_bad.sql"));
    const third = await start();
    assert.equal(
      (await clientFor(third.url, third.anonKey).from("half").select()).error.code,
      "PGRST205",
      "a failed migration leaves nothing",
    );
    await third.close();
  });

  it("keeps users, sessions and keys over a restart", async () => {
    const options = { dataDir: join(folder, "restart-data"), migrations: [FIXTURES], asymmetric: true };
    const first = await startSupabase(options);
    const user = await signedUp(first, "keep@example.org");
    await user.from("note").insert({ title: "kept" });
    await first.close();
    const second = await startSupabase(options);
    const { access_token, refresh_token } = user.session;
    const db = clientFor(second.url, second.anonKey, {
      global: { headers: { Authorization: `Bearer ${access_token}` } },
    });
    assert.deepEqual((await db.from("note").select("title")).data, [{ title: "kept" }]);
    assert.equal((await clientFor(second.url, second.anonKey).auth.refreshSession({ refresh_token })).error, null);
    await second.close();
  });

  it("is one command: ready line, writes that survive kill -9, a clean end", { timeout: 120_000 }, async () => {
    const args = ["--port", "0", "--data", join(folder, "killed-data")];
    const first = run(LOCAL, args);
    const line = await first.ready;
    assert.match(line, /^Supabase ready at http:\/\/127\.0\.0\.1:\d+ \(anon key /);
    const user = await signedUp({ url: address(line), anonKey: keyIn(line) }, "killed@example.org");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = run(LOCAL, args);
    const again = await second.ready;
    const db = clientFor(address(again), keyIn(again));
    const { error, data } = await db.auth.signInWithPassword({
      email: "killed@example.org",
      password: "correct horse",
    });
    assert.equal(error, null);
    assert.equal(data.user.id, user.user.id);
    assert.equal((await db.from("earthquake").select("*", { count: "exact", head: true })).count, 1707);
    second.child.kill("SIGINT");
    const { code, output } = await second.ended;
    assert.equal(code, 0);
    assert.equal(output.trim().split("\n").length, 1, `one line and no more: ${output}`);
  });

  it("refuses a folder or a port that is taken, in one sentence", async () => {
    const dataDir = join(folder, "shared-data");
    const server = await startSupabase({ dataDir });
    const port = new URL(server.url).port;
    const sameFolder = await run(LOCAL, ["--port", "0", "--data", dataDir]).ended;
    assert.equal(sameFolder.code, 1);
    assert.match(sameFolder.output, new RegExp(`in use by another local Supabase \\(process ${process.pid}\\)`));
    const samePort = await run(LOCAL, ["--port", port, "--data", join(folder, "other-data")]).ended;
    assert.equal(samePort.code, 1);
    assert.match(samePort.output, new RegExp(`Port ${port} is in use`));
    await assert.rejects(startSupabase({ dataDir }), /in use by another local Supabase/);
    const reset = await run(join(ROOT, "scripts/supabase-reset.mjs"), ["--data", dataDir]).ended;
    assert.equal(reset.code, 1);
    assert.ok(existsSync(dataDir));
    assert.equal((await fetch(`${server.url}/auth/v1/health`)).status, 200, "the first one is unharmed");
    await server.close();
    const done = await run(join(ROOT, "scripts/supabase-reset.mjs"), ["--data", dataDir]).ended;
    assert.equal(done.code, 0);
    assert.ok(!existsSync(dataDir));
  });

  it("refuses data of another version, and says what to do", async () => {
    const dataDir = join(folder, "old-data");
    await (await startSupabase({ dataDir })).close();
    writeFileSync(join(dataDir, "version"), "older");
    await assert.rejects(startSupabase({ dataDir }), /made by another version.*npm run supabase:reset/);
  });

  it("leaves a folder alone that is not its own", async () => {
    const foreign = mkdtempSync(join(folder, "foreign-"));
    writeFileSync(join(foreign, "precious.txt"), "data");
    const { code, output } = await run(join(ROOT, "scripts/supabase-reset.mjs"), ["--data", foreign]).ended;
    assert.equal(code, 1);
    assert.match(output, /precious\.txt/);
    assert.ok(existsSync(join(foreign, "precious.txt")));
  });
});
