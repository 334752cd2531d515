/**
 * The thread that owns Postgres. PGlite can't interrupt a statement, so it lives in a thread that can be ended.
 *
 * Messages in: `{ id, op, … }` with an operation's fields. Messages out: `{ id, result }`, `{ id, error }` or `{ notify }`.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { uuid_ossp } from "@electric-sql/pglite/contrib/uuid_ossp";

/** Sends every parameter as the text it is: Postgres, not the driver, decides whether it fits the type. */
const asText = new Proxy({}, { get: () => (value) => value });
const ERROR_FIELDS = ["code", "detail", "hint", "constraint", "table", "column", "schema", "where"];

const database = await PGlite.create({ dataDir: workerData.dataDir, extensions: { pgcrypto, uuid_ossp } });
await database.exec('set search_path = "$user", public, extensions');
await database.listen("pgrst", (payload) => parentPort.postMessage({ notify: payload }));
let session = "postgres";

/** Switches the session's user, so that `set role` reaches only what Supabase's authenticator may become. */
async function assume(user) {
  if (user === session) return;
  await database.exec(`set session authorization ${user}`);
  session = user;
}

const operations = {
  async query({ sql, params, raw, before, after }) {
    if (before) await database.exec(before);
    const { rows, affectedRows } = await database.query(sql, params, raw ? { serializers: asText } : undefined);
    if (raw && rows.length === 0) throw new Error("Postgres gave no answer");
    if (after) await database.exec(after);
    return { rows, affectedRows };
  },
  async exec({ sql }) {
    return (await database.exec(sql)).map(({ rows, affectedRows }) => ({ rows, affectedRows }));
  },
  async copy({ sql, csv }) {
    return { affectedRows: (await database.query(sql, [], { blob: new Blob([csv]) })).affectedRows };
  },
  async assume({ user }) {
    await assume(user);
  },
  async close() {
    await database.close();
  },
};

parentPort.on("message", async (message) => {
  try {
    parentPort.postMessage({ id: message.id, result: await operations[message.op](message) });
  } catch (error) {
    const plain = { message: error.message };
    for (const field of ERROR_FIELDS) plain[field] = error[field];
    parentPort.postMessage({ id: message.id, error: plain });
    // No SQLSTATE, or an internal error: the instance may be broken, and the main thread starts another.
    if (!error.code || error.code.startsWith("XX")) process.exit(1);
  }
});
parentPort.postMessage({ ready: true });
