// What a page imports; index.d.ts documents it.
import { folderOf, keyOf } from "./channel.js";
import { DatabaseClient } from "./client.js";
import { DatabaseError } from "./error.js";
import { settingsOf } from "./settings.js";

export { DatabaseError };

/** @type {Set<DatabaseClient>} */
const opened = new Set();

/** @type {typeof import("./index.js").open} */
export async function open(name, options) {
  const settings = settingsOf(name, options);
  if (!globalThis.navigator?.locks)
    throw new DatabaseError("no_locks", "this page has no Web Locks: serve it over https or from localhost");
  const client = new DatabaseClient(settings);
  opened.add(client);
  client.closed.then(() => opened.delete(client));
  await client.start();
  return client;
}

/** @type {typeof import("./index.js").closeAll} */
export async function closeAll() {
  await Promise.all([...opened].map((client) => client.close()));
}

/** @type {typeof import("./index.js").supported} */
export async function supported() {
  const locks = Boolean(globalThis.navigator?.locks);
  const handles = typeof globalThis.FileSystemFileHandle === "function";
  const folder = handles && (await navigator.storage?.getDirectory?.().catch(() => undefined));
  return { opfs: Boolean(folder), sharedWorker: typeof SharedWorker === "function", locks };
}

/** @type {typeof import("./index.js").remove} */
export async function remove(name) {
  settingsOf(name);
  const root = await navigator.storage.getDirectory();
  const removed = await navigator.locks.request(keyOf(name, "opfs"), { ifAvailable: true }, async (lock) => {
    if (!lock) return false;
    const folder = await root.getDirectoryHandle(".hashi-sqlite").catch(() => undefined);
    await folder?.removeEntry(folderOf(name), { recursive: true }).catch((error) => {
      if (error.name !== "NotFoundError") throw error;
    });
    return true;
  });
  if (!removed) throw new DatabaseError("in_use", `${name} is open in a tab: close it there first`);
}

// A module that is replaced while the page lives on takes its workers, locks and handles with it. Vite knows this by its very text, calls
// dispose() only for the module that accepts the change, and keeps `data` for the one that comes next.
// @ts-expect-error: a development server's, and no part of the language's import.meta.
const hot = import.meta.hot;
if (hot) {
  hot.data?.closeAll?.();
  if (hot.data) hot.data.closeAll = closeAll;
  hot.dispose?.(() => closeAll());
}
