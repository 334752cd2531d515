// wa-sqlite's synchronous build on AccessHandlePoolVFS: of its OPFS file systems the one that can do WAL with an exclusive
// lock, which is what the others are measured with.
import factory from "../../../node_modules/@journeyapps/wa-sqlite/dist/wa-sqlite.mjs";
import { AccessHandlePoolVFS } from "../../../node_modules/@journeyapps/wa-sqlite/src/examples/AccessHandlePoolVFS.js";
import * as api from "../../../node_modules/@journeyapps/wa-sqlite/src/sqlite-api.js";
import { answer } from "../page/answer.mjs";

let sqlite3;
let db;
let vfs;
let folder;
const kept = new Map();

async function prepared(sql) {
  let entry = kept.get(sql);
  if (!entry) {
    for await (const statement of sqlite3.statements(db, sql, { unscoped: true })) {
      entry = { statement, names: sqlite3.column_names(statement) };
      break;
    }
    kept.set(sql, entry);
  }
  return entry;
}

async function rows(sql, params, most = Number.POSITIVE_INFINITY) {
  const { statement, names } = await prepared(sql);
  const found = [];
  try {
    if (params?.length > 0) sqlite3.bind_collection(statement, params);
    while (found.length < most && (await sqlite3.step(statement)) === api.SQLITE_ROW) {
      const row = {};
      for (let at = 0; at < names.length; at++) row[names[at]] = sqlite3.column(statement, at);
      found.push(row);
    }
  } finally {
    await sqlite3.reset(statement);
  }
  return found;
}

async function run(sql, params) {
  const { statement } = await prepared(sql);
  sqlite3.bind_collection(statement, params);
  try {
    await sqlite3.step(statement);
  } finally {
    await sqlite3.reset(statement);
  }
  return sqlite3.changes(db);
}

answer({
  async open(file, settings) {
    folder = file;
    const module = await factory();
    sqlite3 = api.Factory(module);
    vfs = await AccessHandlePoolVFS.create(file, module);
    sqlite3.vfs_register(vfs, true);
    db = await sqlite3.open_v2("bench.db");
    for (const sql of settings) await sqlite3.exec(db, sql);
    return sqlite3.libversion();
  },
  exec: (sql) => sqlite3.exec(db, sql),
  run,
  get: async (sql, params) => (await rows(sql, params, 1))[0],
  all: (sql, params) => rows(sql, params),
  async insertMany(sql, many) {
    await sqlite3.exec(db, "BEGIN IMMEDIATE");
    for (const params of many) await run(sql, params);
    await sqlite3.exec(db, "COMMIT");
  },
  async close() {
    for (const { statement } of kept.values()) await sqlite3.finalize(statement);
    await sqlite3.close(db);
    await vfs.close();
    const top = await navigator.storage.getDirectory();
    await top.removeEntry(folder, { recursive: true });
  },
});
