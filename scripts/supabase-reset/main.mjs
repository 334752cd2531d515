/**
 * Removes the local Supabase's data, so that the next start begins with migrations and seed alone:
 * `npm run supabase:reset [-- --data .supabase]`.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { lockFolder } from "../../tests/supabase/server/lock.mjs";
import { root } from "../setup/paths.mjs";

const OWN_FILES = new Set([
  "postgres",
  "postgres.draft",
  "signing-key.json",
  "storage",
  "version",
  "lock",
  "lock-journal",
  "owner",
]);

const { values } = parseArgs({ options: { data: { type: "string", default: join(root, ".supabase") } } });
const folder = resolve(values.data);

try {
  if (!existsSync(folder)) {
    console.log(`${folder} does not exist; there is nothing to remove.`);
  } else {
    const foreign = readdirSync(folder).filter((name) => !OWN_FILES.has(name));
    if (foreign.length > 0)
      throw new Error(`${folder} also holds ${foreign.join(", ")}; it is not a local Supabase's data.`);
    // Whoever holds the lock is using the data.
    lockFolder(folder).release();
    rmSync(folder, { recursive: true, force: true });
    console.log(`Removed ${folder}. The next start applies migrations and seed again.`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
