import { SETTINGS } from "../page/durability.mjs";
import { remote } from "../page/remote.mjs";

/** wa-sqlite (PowerSync's maintained build of it, which has FTS5), AccessHandlePoolVFS. */
export async function open(file) {
  const db = remote(new URL("wa-sqlite-worker.mjs", import.meta.url));
  const version = await db.open(file, SETTINGS);
  return { ...db, version };
}
