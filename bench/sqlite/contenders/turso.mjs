// Turso runs its SQL on the page's own thread and sends only file reads and writes to a worker; it has no FTS5.
import { connect } from "../../../node_modules/@tursodatabase/database-wasm/bundle/main.es.js";
import { SETTINGS } from "../page/durability.mjs";

/** @tursodatabase/database-wasm, OPFS. */
export async function open(file) {
  const db = await connect(file);
  for (const sql of SETTINGS) {
    try {
      await (await db.prepare(sql)).all();
    } catch (_) {
      // It has no such setting; the durability table says what it answers instead.
    }
  }
  const kept = new Map();
  const prepared = async (sql) => {
    if (!kept.has(sql)) kept.set(sql, await db.prepare(sql));
    return kept.get(sql);
  };
  return {
    version: (await (await db.prepare("SELECT sqlite_version() AS version")).get()).version,
    exec: (sql) => db.exec(sql),
    run: async (sql, params) => (await prepared(sql)).run(...params),
    get: async (sql, params) => (await prepared(sql)).get(...params),
    all: async (sql, params) => (await prepared(sql)).all(...params),
    async insertMany(sql, many) {
      await db.transactionAsync(async (transaction) => {
        const statement = await transaction.prepare(sql);
        for (const params of many) await statement.run(...params);
      })();
    },
    async close() {
      await db.close();
      const top = await navigator.storage.getDirectory();
      for (const name of [file, `${file}-wal`]) await top.removeEntry(name).catch(() => {});
    },
  };
}
