// What open() gives.
import { advice } from "./error.js";
import { Link } from "./link.js";
import { Op } from "./op.js";
import { Queries } from "./queries.js";
import { rowsOf, parametersOf } from "./pack.js";
import { Statement } from "./statement.js";
import { subscribe } from "./subscription.js";
import { runTransaction } from "./transaction.js";

export class DatabaseClient extends Queries {
  #settings;
  #link;
  #listeners = new Set();
  #close;
  /** Resolves when the client is closed. */
  closed;

  constructor(settings) {
    const link = new Link(settings);
    super((op, a, b, options, how) => link.call(op, a, b, options, how));
    this.#settings = settings;
    this.#link = link;
    this.name = settings.name;
    this.id = link.id.toString(16);
    link.onchange = (change) => {
      for (const listener of [...this.#listeners]) listener(change);
    };
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** Connects; for open(). */
  async start() {
    try {
      await this.#link.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async *iterate(sql, parameters, options) {
    let [cursor, , columns, cells, last] = await this.call(Op.ITERATE, sql, parametersOf(parameters), options);
    const { epoch } = this.#link;
    try {
      for (;;) {
        // The next chunk is on its way while this one is read.
        const next = last ? undefined : this.call(Op.NEXT, cursor, undefined, options, { epoch });
        next?.catch(() => {});
        yield* rowsOf(columns, cells, false);
        if (!next) return;
        [, , columns, cells, last] = await next;
      }
    } finally {
      if (!last) this.#link.tell(Op.DROP, cursor);
    }
  }

  async prepare(sql, options) {
    const [, , columns, readonly, parameters] = await this.call(Op.PREPARE, sql, undefined, options);
    return new Statement(this, { sql, columns, readonly, parameters });
  }

  transaction(callback, options) {
    return runTransaction(this.#link, callback, options);
  }

  subscribe(sql, parameters, callback, options) {
    return subscribe(this, sql, parameters, callback, options);
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async export(options) {
    const [, , file] = await this.call(Op.EXPORT, undefined, undefined, options);
    return new Uint8Array(file);
  }

  async import(file, options) {
    const bytes = file instanceof Uint8Array ? file.slice().buffer : file;
    await this.call(Op.IMPORT, bytes, undefined, options);
  }

  async status() {
    const link = this.#link;
    const patience = { timeout: this.#settings.unresponsiveAfter };
    const answer = await this.call(Op.STATUS, undefined, undefined, patience).catch(() => undefined);
    const [, , database, wal, waiting, transaction, clients, schema] = answer ?? [];
    const deaf = link.state === "unresponsive" || (!answer && link.state === "ready");
    return {
      state: link.outdated && link.state !== "closed" ? "outdated" : deaf ? "unresponsive" : link.state,
      role: link.role,
      storage: link.storage,
      transport: link.transport,
      epoch: link.epoch,
      schema: schema ?? link.schema,
      sizes: answer ? { database, wal } : null,
      queue: { pending: link.pending, waiting: waiting ?? null, transaction: transaction ?? null },
      clients: clients ?? null,
      silentFor: deaf ? link.silentFor : 0,
      advice: deaf ? advice : null,
    };
  }

  async close() {
    await this.#link.close();
    this.#listeners.clear();
    this.#close(undefined);
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }
}
