/** A plain PostgreSQL behind the face of `Database`: jobs run side by side, each on a connection of its own. */
import pg from "pg";
import { AnyDatabase } from "./any-database.mjs";
import { DatabaseError } from "./database.mjs";

const CONNECTIONS = 8;
/** Rows of the API's statements come as text, as PGlite gives them; the server's own read some types. */
const READ = {
  16: (text) => text === "t",
  20: Number,
  21: Number,
  23: Number,
  701: Number,
  114: JSON.parse,
  3802: JSON.parse,
  1009: pg.types.getTypeParser(1009),
};
const types = { getTypeParser: (oid) => READ[oid] ?? ((text) => text) };

/** Statements that run on one connection. */
class Connection {
  #client;
  constructor(client) {
    this.#client = client;
  }
  async query(sql, params = [], { raw = false, before, after } = {}) {
    try {
      if (before) await this.#client.query(before);
      const { rows, rowCount } = await this.#client.query({
        text: sql,
        values: raw ? params : params.map(plain),
        types,
      });
      if (after) await this.#client.query(after);
      return { rows, affectedRows: rowCount ?? 0 };
    } catch (error) {
      throw translated(error);
    }
  }
  async exec(sql) {
    try {
      return [await this.#client.query(sql)]
        .flat()
        .map(({ rows, rowCount }) => ({ rows, affectedRows: rowCount ?? 0 }));
    } catch (error) {
      throw translated(error);
    }
  }
}

/** PGlite's driver writes objects as JSON; arrays stay arrays of Postgres. */
const plain = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)
    ? JSON.stringify(value)
    : value;

function translated(error) {
  if (!error.code || !error.severity) return error;
  const { message, code, detail, hint } = error;
  return new DatabaseError({ message, code, detail, hint });
}

/** One database of a running server. */
export class PlainDatabase extends AnyDatabase {
  #pool;
  #listener;
  #ready;
  /** @param {{ host: string, database?: string, superuser?: string }} where folder of the server's socket; who may become any role */
  constructor({ host, database = "postgres", superuser = "postgres" }) {
    super();
    const connection = { host, database, user: superuser };
    this.#pool = new pg.Pool({ ...connection, max: CONNECTIONS });
    // A connection that breaks while nobody uses it is replaced by the next one.
    this.#pool.on("error", () => {});
    this.#listener = new pg.Client(connection);
    this.#listener.on("error", () => {});
    this.#listener.on("notification", ({ payload }) => this.emit("notify", payload));
    this.#ready = this.#listener.connect().then(() => this.#listener.query("listen pgrst"));
  }
  ready() {
    return this.#ready;
  }
  /** Runs `work` on a connection of its own, whose statements are cancelled after `timeoutMs`, as `user`. */
  async exclusive(work, { timeoutMs = 0, user = "postgres" } = {}) {
    const client = await this.#pool.connect();
    try {
      await client.query(
        `set session authorization ${user}; set statement_timeout = ${timeoutMs}; set search_path = "$user", public, extensions`,
      );
      return await work(new Connection(client));
    } finally {
      const reset = await client.query("rollback; reset session authorization; reset all").then(
        () => true,
        () => false,
      );
      client.release(!reset);
    }
  }
  async close() {
    await this.#pool.end();
    await this.#listener.end();
  }
}
