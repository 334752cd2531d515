/** Runs one request's statements as the caller: role, claims and headers are set for that transaction alone. */
import { literal } from "../sql.mjs";
import { RestError, fromDatabase } from "./errors.mjs";

const DEFAULT_TIMEOUT = 8000;

/**
 * @typedef {object} Caller
 * @property {string} role
 * @property {object} claims
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {Record<string, string>} cookies
 */

/**
 * Runs `work` in a transaction. It commits unless `work` throws or returns `{ rollback: true }`.
 *
 * @param {object} server `database`, `catalog` and `searchPath`
 * @param {Caller} caller
 * @param {{ readOnly: boolean, schema: string, timezone?: string }} options
 */
export async function asCaller(server, caller, { readOnly, schema, timezone }, work) {
  const settings = {
    search_path: [...new Set([schema, ...server.searchPath])]
      .map((name) => `"${name.replaceAll('"', '""')}"`)
      .join(", "),
    role: caller.role,
    "request.jwt.claims": JSON.stringify(caller.claims),
    "request.method": caller.method,
    "request.path": caller.path,
    "request.headers": JSON.stringify(caller.headers),
    "request.cookies": JSON.stringify(caller.cookies),
  };
  if (timezone) settings.timezone = timezone;
  const sets = Object.entries(settings).map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, true)`);
  const begin = `begin${readOnly ? " read only" : ""}; select ${sets.join(", ")}`;
  const timeoutMs = server.catalog.timeouts.get(caller.role) ?? DEFAULT_TIMEOUT;
  try {
    return await server.database.exclusive((connection) => inTransaction(new Transaction(connection, begin), work), {
      timeoutMs,
      user: "authenticator",
    });
  } catch (error) {
    if (error instanceof RestError) throw error;
    if (error.name === "DatabaseError") throw fromDatabase(error, caller.role);
    throw error;
  }
}

/** A transaction that begins with its first statement, and can end with its last: one turn between the threads. */
class Transaction {
  #connection;
  #begin;
  #ended = false;
  constructor(connection, begin) {
    this.#connection = connection;
    this.#begin = begin;
  }
  /** Runs a statement; `last` commits with it. */
  async query(sql, values, { last = false } = {}) {
    const before = this.#begin;
    this.#begin = undefined;
    const result = await this.#connection.query(sql, values, { raw: true, before, after: last ? "commit" : undefined });
    this.#ended = last;
    return result;
  }
  async end(statement) {
    if (!this.#ended) await this.#connection.exec(statement);
    this.#ended = true;
  }
}

async function inTransaction(transaction, work) {
  try {
    const result = await work(transaction);
    await transaction.end(result.rollback ? "rollback" : "commit");
    return result;
  } catch (error) {
    // After 57014 the thread is gone, and with it the transaction.
    if (error.code !== "57014") await transaction.end("rollback");
    throw error;
  }
}
