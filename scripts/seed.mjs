/**
 * Loads supabase/seed/earthquake.csv into the project that SUPABASE_URL names, with SUPABASE_SERVICE_ROLE_KEY:
 * `node scripts/seed.mjs`. Rows that exist are replaced, so it can run again.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@supabase/supabase-js";
import { parseCsv } from "./csv.mjs";

const BATCH = 500;
const file = resolve(dirname(fileURLToPath(import.meta.url)), "../supabase/seed/earthquake.csv");

/** Upserts every row of the file. Returns how many there were. */
async function seed(url, key) {
  const client = createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  const [header, ...lines] = parseCsv(readFileSync(file, "utf8"));
  // Postgres reads numbers and booleans from their text.
  const rows = lines.map((line) => Object.fromEntries(header.map((name, index) => [name, line[index]])));
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    const { error } = await client.from("earthquake").upsert(batch, { onConflict: "event_id" });
    if (error)
      throw new Error(
        `Rows from ${start + 1} on were refused: ${error.message}${error.code ? ` (${error.code})` : ""}`,
      );
  }
  return rows.length;
}

const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = process.env;
if (!SUPABASE_URL || !SUPABASE_SERVICE_ROLE_KEY) {
  console.error("Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY to those of the project (Settings, API).");
  process.exitCode = 1;
} else {
  try {
    console.log(`${await seed(SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY)} rows are in ${SUPABASE_URL}.`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
