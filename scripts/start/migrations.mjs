import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/exec.mjs";
import { root } from "../setup/paths.mjs";

/**
 * Applies migrations/ to the local D1 database in the folder `state`, unless exactly these were applied before: wrangler takes seconds to see that
 * there is nothing to do.
 * @param {string} state
 * @param {import("../setup/report.mjs").Report} report
 */
export async function applyMigrations(state, report) {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  const wanted = hash.digest("hex");
  const stamp = join(state, "migrations-applied");
  // Beside the database, so that who removes the folder removes both.
  if (existsSync(join(state, "v3", "d1")) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  report.begin("database migrations");
  try {
    const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
    const args = [wrangler, "d1", "migrations", "apply", "DB", "--local", "--persist-to", state];
    const env = { CI: "1", WRANGLER_SEND_METRICS: "false" };
    await run(process.execPath, args, { env, log: "migrations" });
    writeFileSync(stamp, wanted);
    report.end("✓");
  } catch (error) {
    report.end("✗");
    throw error;
  }
}
