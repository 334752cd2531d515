import { open as openDatabase, remove } from "../../../build/sqlite/index.js";

/** Ours, as `npm run build:sqlite` makes it; it sets what durability.mjs asks for by itself. */
export async function open(file) {
  const db = await openDatabase(file, { synchronous: "full" });
  return {
    version: (await db.get("SELECT sqlite_version() AS version")).version,
    exec: (sql) => db.exec(sql),
    run: (sql, params) => db.run(sql, params),
    get: (sql, params) => db.get(sql, params),
    all: (sql, params) => db.all(sql, params),
    insertMany: (sql, rows) => db.batch([{ sql, rows }]),
    async close() {
      await db.close();
      // Another tab may have it open: the last one removes it.
      await remove(file).catch((error) => {
        if (error.code !== "in_use") throw error;
      });
    },
  };
}
