// sqlocal brings its own page-to-worker path. Bundled by ../pack.mjs, since it imports by package name.
import { SQLocal } from "sqlocal";
import { SETTINGS } from "../page/durability.mjs";

/** sqlocal, on the official build's "opfs" file system. */
export async function open(file) {
  const processor = new Worker(new URL("sqlocal-worker.mjs", import.meta.url), { type: "module" });
  const db = new SQLocal({ databasePath: file, processor, onInit: (sql) => SETTINGS.map((setting) => sql(setting)) });
  const { storageType } = await db.getDatabaseInfo();
  if (storageType !== "opfs") throw new Error(`sqlocal fell back to ${storageType} storage`);
  const [{ version }] = await db.sql("SELECT sqlite_version() AS version");
  return {
    version,
    exec: async (sql) => {
      for (const one of sql.split(";")) if (one.trim()) await db.sql(one);
    },
    run: (sql, params) => db.sql(sql, ...params),
    get: async (sql, params) => (await db.sql(sql, ...params))[0],
    all: (sql, params) => db.sql(sql, ...params),
    insertMany: (sql, many) => db.batch((statement) => many.map((params) => statement(sql, ...params))),
    async close() {
      await db.deleteDatabaseFile();
      await db.destroy(true);
    },
  };
}
