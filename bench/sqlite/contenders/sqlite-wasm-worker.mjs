// @sqlite.org/sqlite-wasm on its SyncAccessHandle pool, used as its documentation says, with prepared statements kept.
import init from "../../../node_modules/@sqlite.org/sqlite-wasm/dist/index.mjs";
import { answer } from "../page/answer.mjs";

let db;
let pool;
const kept = new Map();

function prepared(sql) {
  let entry = kept.get(sql);
  if (!entry) {
    const statement = db.prepare(sql);
    entry = { statement, names: statement.columnCount > 0 ? statement.getColumnNames([]) : [] };
    kept.set(sql, entry);
  }
  return entry;
}

function rows(sql, params, most = Number.POSITIVE_INFINITY) {
  const { statement, names } = prepared(sql);
  const found = [];
  try {
    if (params?.length > 0) statement.bind(params);
    while (found.length < most && statement.step()) {
      const row = {};
      for (let at = 0; at < names.length; at++) row[names[at]] = statement.get(at);
      found.push(row);
    }
  } finally {
    statement.reset();
  }
  return found;
}

function run(sql, params) {
  const { statement } = prepared(sql);
  statement.bind(params).stepReset();
  return db.changes();
}

answer({
  async open(file, settings) {
    const sqlite3 = await init();
    pool = await sqlite3.installOpfsSAHPoolVfs({ name: file, directory: `/${file}`, initialCapacity: 6 });
    db = new pool.OpfsSAHPoolDb("/bench.db");
    for (const sql of settings) db.exec(sql);
    return sqlite3.version.libVersion;
  },
  exec: (sql) => void db.exec(sql),
  run,
  get: (sql, params) => rows(sql, params, 1)[0],
  all: (sql, params) => rows(sql, params),
  insertMany(sql, many) {
    db.exec("BEGIN IMMEDIATE");
    for (const params of many) run(sql, params);
    db.exec("COMMIT");
  },
  async close() {
    for (const { statement } of kept.values()) statement.finalize();
    db.close();
    await pool.removeVfs();
  },
});
