// What open() gives.
import { Desk } from "./desk.js";
import { reported } from "./error.js";
import { Op } from "./op.js";
import { Queries } from "./queries.js";
import { rowsOf, parametersOf } from "./pack.js";
import { Statement } from "./statement.js";
import { subscribe } from "./subscription.js";
import { runTransaction } from "./transaction.js";

export class DatabaseClient extends Queries {
  #settings;
  #desk;
  #listeners = new Set();
  #close;
  /** Resolves when the client is closed. */
  closed;

  constructor(settings) {
    const desk = new Desk(settings);
    super((op, a, b, options, how) => desk.call(op, a, b, options, how));
    this.#settings = settings;
    this.#desk = desk;
    this.name = settings.name;
    this.id = desk.id.toString(16);
    desk.onchange = (change) => {
      for (const listener of [...this.#listeners]) reported(() => listener(change));
    };
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** Connects; for open(). */
  async start() {
    try {
      await this.#desk.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async *iterate(sql, parameters, options) {
    let [cursor, , columns, cells, last] = await this.call(Op.ITERATE, sql, parametersOf(parameters), options);
    const { epoch } = this.#desk;
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
      if (!last) this.#desk.tell(Op.DROP, cursor);
    }
  }

  async prepare(sql, options) {
    const [, , columns, readonly, parameters] = await this.call(Op.PREPARE, sql, undefined, options);
    return new Statement(this, { sql, columns, readonly, parameters });
  }

  transaction(callback, options) {
    return runTransaction(this.#desk, callback, options);
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
    const desk = this.#desk;
    const patience = { timeout: this.#settings.unresponsiveAfter };
    const answer = await this.call(Op.STATUS, undefined, undefined, patience).catch(() => undefined);
    const [, , database, wal, waiting, transaction, clients, schema] = answer ?? [];
    const { tab } = desk;
    const deaf = tab.state === "unresponsive" || (!answer && tab.state === "ready");
    return {
      state: deaf ? "unresponsive" : tab.state,
      role: tab.role,
      storage: tab.storage ?? null,
      transport: tab.transport ?? null,
      epoch: tab.epoch || null,
      schema: schema ?? tab.schema ?? null,
      sizes: answer ? { database, wal } : null,
      queue: { pending: tab.pending, waiting: waiting ?? null, transaction: transaction ?? null },
      clients: clients ?? null,
      silentFor: deaf ? tab.silentFor : 0,
      advice: deaf ? tab.advice : null,
    };
  }

  async close() {
    await this.#desk.close();
    this.#listeners.clear();
    this.#close(undefined);
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }
}
