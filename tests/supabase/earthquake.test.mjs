/** The project's own migration and seed: every row of the file, its access rules and its two functions. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { clientFor, MIGRATIONS, ROOT, SEED } from "./fixtures/server.mjs";
import { startSupabase } from "./server/start.mjs";

describe("the earthquake schema", () => {
  it("serves the 1,707 earthquakes to everyone, and lets only the service role write", async () => {
    const server = await startSupabase({ migrations: [MIGRATIONS], seed: [SEED] });
    try {
      const db = clientFor(server.url, server.anonKey);
      const { data, count } = await db
        .from("earthquake")
        .select("*", { count: "exact" })
        .order("origin_time", { ascending: false })
        .order("event_id", { ascending: false })
        .limit(1);
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
      for (const column of ["depth_km", "latitude", "longitude", "significance", "rms"])
        assert.equal(typeof data[0][column], "number");
      for (const write of [
        db.from("earthquake").insert({ event_id: "x" }),
        db.from("earthquake").delete().eq("event_id", "ci37868143"),
        db.from("earthquake").update({ felt: 1 }).eq("event_id", "ci37868143"),
      ]) {
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
      for (const [lat, lon, km] of [
        [37.7, -122.4, 100],
        [0, 180, 3000],
        [89, 0, 3000],
        [19.4, -155.3, 15.5],
        [-90, 0, 6000],
      ]) {
        const { data, error } = await db.rpc("earthquake_near", { lat, lon, km }).select("event_id").order("event_id");
        assert.equal(error, null);
        const expected = rows
          .filter((row) => distance(lat, lon, row.latitude, row.longitude) <= km)
          .map((row) => row.event_id)
          .sort();
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
          assert.ok(
            Math.abs(row.mean_magnitude - magnitudes.reduce((sum, value) => sum + value) / magnitudes.length) < 1e-4,
          );
        }
      }
      const service = clientFor(server.url, server.serviceRoleKey);
      await service.from("earthquake").update({ magnitude: null }).eq("event_id", "ci37868143");
      const { data: withUnknown } = await db.rpc("earthquake_stats", { by: "magnitude" });
      assert.deepEqual(
        [withUnknown.at(-1).key, withUnknown.at(-1).count, withUnknown.at(-1).max_magnitude],
        ["unknown", 1, null],
      );
      const { error, status } = await db.rpc("earthquake_stats", { by: "moon" });
      assert.deepEqual(
        [status, error.code, error.message],
        [400, "22023", "by is 'moon', but must be day, magnitude or type"],
      );
    } finally {
      await server.close();
    }
  });

  it("takes the seed script's rows, twice", async () => {
    const server = await startSupabase({ migrations: [MIGRATIONS] });
    const script = join(ROOT, "scripts/seed.mjs");
    try {
      const env = { SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey };
      for (let round = 0; round < 2; round += 1) {
        const { code, output } = await run(script, env);
        assert.equal(code, 0, output);
        assert.match(output, /^1707 rows are in/);
      }
      await compareWithCsv(clientFor(server.url, server.anonKey));
      const refused = await run(script, { ...env, SUPABASE_SERVICE_ROLE_KEY: server.anonKey });
      assert.equal(refused.code, 1);
      assert.match(refused.output, /permission denied for table earthquake/);
    } finally {
      await server.close();
    }
  });
});

/** Runs a script of the project to its end. */
function run(script, env) {
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, output: stdout + stderr });
    });
  });
}

/** All rows, in pages: one answer holds 1,000. */
async function everyRow(db) {
  const pages = await Promise.all(
    [0, 1000].map((from) =>
      db
        .from("earthquake")
        .select()
        .order("event_id")
        .range(from, from + 999),
    ),
  );
  return pages.flatMap(({ data }) => data);
}

/** Reads the file with nothing but string splitting, and compares every field of every row. */
async function compareWithCsv(db) {
  const [header, ...lines] = readFileSync(SEED, "utf8")
    .trim()
    .split("\n")
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field]) => field).slice(0, 21));
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
      else
        assert.equal(
          typeof value === "string" ? value : JSON.stringify(value),
          typeof value === "number" ? String(Number(text)) : text,
          `${line[0]} ${name}`,
        );
    }
  }
}

/** Great circle distance by the spherical law of cosines, another formula than the one in the database. */
function distance(lat1, lon1, lat2, lon2) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const cosine =
    Math.sin(radians(lat1)) * Math.sin(radians(lat2)) +
    Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.cos(radians(lon2 - lon1));
  return 6371.0088 * Math.acos(Math.min(1, Math.max(-1, cosine)));
}
