// Keeps the local D1 database at the newest of migrations/.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../setup/exec.mjs";
import { root } from "../setup/paths.mjs";

/** Where wrangler keeps local state; a stamp in it goes when the database goes. */
const stamp = join(root, ".wrangler", "state", "v3", "d1", "migrations-applied");

/** The hash of the migrations that there are. */
function wanted() {
  const folder = join(root, "migrations");
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

function applied() {
  try {
    return readFileSync(stamp, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Applies what is new, which takes wrangler some seconds even for nothing: so nothing is done for nothing. */
export async function migrateLocal(report) {
  const hash = wanted();
  if (applied() === hash) return;
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  // With CI=1 it doesn't ask.
  const env = { CI: "1", WRANGLER_SEND_METRICS: "false" };
  await report.step("migrations of the local D1", async () => {
    await run(process.execPath, [wrangler, "d1", "migrations", "apply", "DB", "--local"], { log: "migrate-d1", env });
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
  });
}
