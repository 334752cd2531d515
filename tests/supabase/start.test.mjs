/** Starting and stopping: migrations, seed, the data folder, ports, signals, and the scripts beside them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { clientFor, FIXTURES, MIGRATIONS, ROOT, SEED, signedUp } from "./fixtures/server.mjs";
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
  const run = (script, args = [], env = {}) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } });
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

  it("serves the 1,707 earthquakes to everyone, and lets only the service role write", async () => {
    const server = await startSupabase({ migrations: [MIGRATIONS], seed: [SEED] });
    try {
      const db = clientFor(server.url, server.anonKey);
      const { data, count } = await db.from("earthquake").select("*", { count: "exact" }).order("origin_time", { ascending: false }).order("event_id", { ascending: false }).limit(1);
      assert.equal(count, 1707);
      assert.deepEqual(data[0], {
        event_id: "ci37868143",
        origin_time: "2018-02-07T01:26:13.84+00:00",
        updated_at: data[0].updated_at,
        magnitude: 2,
        magnitude_type: "ml",
        depth_km: data[0].depth_km,
        latitude: data[0].latitude,
        longitude: data[0].longitude,
        place: data[0].place,
        event_type: "earthquake",
        status: data[0].status,
        network: "ci",
        tsunami: false,
        significance: data[0].significance,
        felt: null,
        cdi: null,
        mmi: null,
        alert: null,
        station_count: data[0].station_count,
        azimuthal_gap: data[0].azimuthal_gap,
        rms: data[0].rms,
      });
      for (const column of ["depth_km", "latitude", "longitude", "significance", "rms"]) assert.equal(typeof data[0][column], "number");
      for (const write of [db.from("earthquake").insert({ event_id: "x" }), db.from("earthquake").delete().eq("event_id", "ci37868143"), db.from("earthquake").update({ felt: 1 }).eq("event_id", "ci37868143")]) {
        assert.deepEqual([(await write).error?.code], ["42501"]);
      }
      await compareWithCsv(db);
    } finally {
      await server.close();
    }
  });

  it("answers near and stats as a plain reading of the file does", async () => {
    const server = await startSupabase({ migrations: [MIGRATIONS], seed: [SEED] });
    try {
      const db = clientFor(server.url, server.anonKey);
      const rows = await everyRow(db);
      for (const [lat, lon, km] of [[37.7, -122.4, 100], [0, 180, 3000], [89, 0, 3000], [19.4, -155.3, 15.5], [-90, 0, 6000]]) {
        const { data, error } = await db.rpc("earthquake_near", { lat, lon, km }).select("event_id").order("event_id");
        assert.equal(error, null);
        const expected = rows.filter((row) => distance(lat, lon, row.latitude, row.longitude) <= km).map((row) => row.event_id).sort();
        assert.deepEqual(data.map((row) => row.event_id).sort(), expected);
        assert.ok(expected.length > 0, `something is near ${lat}, ${lon}`);
      }
      const keys = {
        day: (row) => row.origin_time.slice(0, 10),
        magnitude: (row) => (row.magnitude === null ? "unknown" : String(Math.floor(row.magnitude))),
        type: (row) => row.event_type,
      };
      for (const [by, key] of Object.entries(keys)) {
        const { data } = await db.rpc("earthquake_stats", { by });
        const groups = Map.groupBy(rows, key);
        assert.deepEqual(new Set(data.map((row) => row.key)), new Set(groups.keys()));
        for (const row of data) {
          const magnitudes = groups.get(row.key).map(({ magnitude }) => magnitude);
          assert.equal(row.count, magnitudes.length);
          assert.equal(row.max_magnitude, Math.max(...magnitudes));
          assert.ok(Math.abs(row.mean_magnitude - magnitudes.reduce((sum, value) => sum + value) / magnitudes.length) < 1e-4);
        }
      }
      const service = clientFor(server.url, server.serviceRoleKey);
      await service.from("earthquake").update({ magnitude: null }).eq("event_id", "ci37868143");
      const { data: withUnknown } = await db.rpc("earthquake_stats", { by: "magnitude" });
      assert.deepEqual([withUnknown.at(-1).key, withUnknown.at(-1).count, withUnknown.at(-1).max_magnitude], ["unknown", 1, null]);
      const { error, status } = await db.rpc("earthquake_stats", { by: "moon" });
      assert.deepEqual([status, error.code, error.message], [400, "22023", "by is 'moon', but must be day, magnitude or type"]);
    } finally {
      await server.close();
    }
  });

  it("applies each migration once, new ones later, and notices a changed one", async () => {
    const dataDir = join(folder, "migrations-data");
    const sql = join(folder, "sql");
    cpSync(FIXTURES, sql, { recursive: true });
    const start = () => startSupabase({ dataDir, migrations: [sql] });
    const first = await start();
    await first.db.exec("insert into public.country values (9, 'Nine', 'NN')");
    await first.close();
    writeFileSync(join(sql, "20300101000000_more.sql"), "create table public.more (id integer); grant select on public.more to anon; set role anon; reset role;");
    const second = await start();
    const db = clientFor(second.url, second.anonKey);
    assert.equal((await db.from("country").select("id", { count: "exact", head: true })).count, 4, "the old ones did not run again");
    assert.equal((await db.from("more").select()).error, null);
    const { rows } = await second.db.query("select version from supabase_migrations.schema_migrations order by version");
    assert.ok(rows.some(({ version }) => version === "20300101000000"));
    await second.close();
    writeFileSync(join(sql, "20300101000000_more.sql"), "create table public.more (id bigint);");
    await assert.rejects(start(), /20300101000000_more\.sql has changed since it was applied\..*npm run supabase:reset/);
    writeFileSync(join(sql, "20300101000000_more.sql"), "create table public.more (id integer); grant select on public.more to anon; set role anon; reset role;");
    writeFileSync(join(sql, "20300102000000_bad.sql"), "create table public.half (id integer); select nonsense;");
    await assert.rejects(start(), /20300102000000_bad\.sql failed: column "nonsense" does not exist/);
    rmSync(join(sql, "20300102000000_bad.sql"));
    const third = await start();
    assert.equal((await clientFor(third.url, third.anonKey).from("half").select()).error.code, "PGRST205", "a failed migration leaves nothing");
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
    const db = clientFor(second.url, second.anonKey, { global: { headers: { Authorization: `Bearer ${access_token}` } } });
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
    const { error, data } = await db.auth.signInWithPassword({ email: "killed@example.org", password: "correct horse" });
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

  it("leaves a folder alone that is not its own", async () => {
    const foreign = mkdtempSync(join(folder, "foreign-"));
    writeFileSync(join(foreign, "precious.txt"), "data");
    const { code, output } = await run(join(ROOT, "scripts/supabase-reset.mjs"), ["--data", foreign]).ended;
    assert.equal(code, 1);
    assert.match(output, /precious\.txt/);
    assert.ok(existsSync(join(foreign, "precious.txt")));
  });

  it("takes the seed script's rows, twice", async () => {
    const server = await startSupabase({ migrations: [MIGRATIONS] });
    const script = join(ROOT, "scripts/seed.mjs");
    try {
      const env = { SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey };
      for (let round = 0; round < 2; round += 1) {
        const { code, output } = await run(script, [], env).ended;
        assert.equal(code, 0, output);
        assert.match(output, /^1707 rows are in/);
      }
      await compareWithCsv(clientFor(server.url, server.anonKey));
      const refused = await run(script, [], { ...env, SUPABASE_SERVICE_ROLE_KEY: server.anonKey }).ended;
      assert.equal(refused.code, 1);
      assert.match(refused.output, /permission denied for table earthquake/);
    } finally {
      await server.close();
    }
  });
});

/** All rows, in pages: one answer holds 1,000. */
async function everyRow(db) {
  const pages = await Promise.all([0, 1000].map((from) => db.from("earthquake").select().order("event_id").range(from, from + 999)));
  return pages.flatMap(({ data }) => data);
}

/** Reads the file with nothing but string splitting, and compares every field of every row. */
async function compareWithCsv(db) {
  const [header, ...lines] = readFileSync(SEED, "utf8").trim().split("\n").map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field]) => field).slice(0, 21));
  const rows = new Map((await everyRow(db)).map((row) => [row.event_id, row]));
  assert.equal(lines.length, 1707);
  assert.equal(rows.size, 1707);
  for (const line of lines) {
    const row = rows.get(line[0]);
    for (const [index, name] of header.entries()) {
      const text = line[index].replace(/^"|"$/g, "").replaceAll('""', '"');
      const value = row[name];
      if (text === "") assert.equal(value, null, `${line[0]} ${name}`);
      else if (name.endsWith("_at") || name.endsWith("_time")) assert.equal(Date.parse(value), Date.parse(text));
      else assert.equal(typeof value === "string" ? value : JSON.stringify(value), typeof value === "number" ? String(Number(text)) : text, `${line[0]} ${name}`);
    }
  }
}

/** Great circle distance by the spherical law of cosines, another formula than the one in the database. */
function distance(lat1, lon1, lat2, lon2) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const cosine = Math.sin(radians(lat1)) * Math.sin(radians(lat2)) + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.cos(radians(lon2 - lon1));
  return 6371.0088 * Math.acos(Math.min(1, Math.max(-1, cosine)));
}
