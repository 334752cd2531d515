/** One process per data folder: SQLite's file lock, which the system frees even when the holder is killed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes the folder's lock until `release()`.
 *
 * @param {string} folder
 * @throws an Error that names the process which holds it
 */
export function lockFolder(folder) {
  const ownerFile = join(folder, "owner");
  const lock = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    lock.exec("begin exclusive");
  } catch {
    lock.close();
    throw new Error(
      `${folder} is in use by another local Supabase${ownerOf(ownerFile)}. Stop it or choose another folder with --data.`,
    );
  }
  writeFileSync(ownerFile, String(process.pid));
  return { release: () => lock.close() };
}

function ownerOf(file) {
  try {
    return ` (process ${readFileSync(file, "utf8").trim()})`;
  } catch {
    return "";
  }
}
