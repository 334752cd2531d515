import { SETTINGS } from "../page/durability.mjs";
import { remote } from "../page/remote.mjs";

/** @sqlite.org/sqlite-wasm, OPFS SyncAccessHandle pool. */
export async function open(file) {
  const db = remote(new URL("sqlite-wasm-worker.mjs", import.meta.url));
  const version = await db.open(file, SETTINGS);
  return { ...db, version };
}
