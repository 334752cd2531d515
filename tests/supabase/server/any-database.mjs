/** What PGlite and plain PostgreSQL have in common for the server: jobs, each alone on a connection. */
import { EventEmitter } from "node:events";

/** A database whose subclass has `exclusive(work, options)`. Emits `notify` with the payload of each NOTIFY on channel `pgrst`. */
export class AnyDatabase extends EventEmitter {
  /**
   * Runs `work` alone on a connection.
   *
   * @param {(connection: any) => Promise<any>} _work
   * @param {{ timeoutMs?: number, user?: string }} [_options]
   * @returns {Promise<any>}
   */
  exclusive(_work, _options) {
    throw new Error("the subclass does it");
  }

  /** Runs one statement as the role postgres. */
  query(sql, params) {
    return this.exclusive((connection) => connection.query(sql, params));
  }

  /** Runs any number of statements as the role postgres. */
  exec(sql) {
    return this.exclusive((connection) => connection.exec(sql));
  }

  /** Runs `work` in a transaction as the role postgres; rolls back if it throws. */
  transaction(work, options) {
    return this.exclusive(async (connection) => {
      await connection.exec("begin");
      try {
        const result = await work(connection);
        await connection.exec("commit");
        return result;
      } catch (error) {
        // After its deadline the connection is begun anew.
        if (error.code !== "57014") await connection.exec("rollback");
        throw error;
      }
    }, options);
  }
}
