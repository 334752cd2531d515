/** Postgres as the server sees it: one queue of jobs in front of one thread, with a deadline on each. */
import { Worker } from "node:worker_threads";
import { AnyDatabase } from "./any-database.mjs";

/** An error that Postgres reported, with its SQLSTATE in `code`. */
export class DatabaseError extends Error {
  /** @param {{ message: string, code?: string, detail?: string, hint?: string }} fields */
  constructor(fields) {
    super(fields.message);
    this.name = "DatabaseError";
    Object.assign(this, fields);
  }
}

/** Statements that run inside one transaction or job. */
class Connection {
  #send;
  constructor(send) {
    this.#send = send;
  }
  /**
   * Runs one statement with bound parameters.
   *
   * @param {{ raw?: boolean, before?: string, after?: string }} [options] `raw` sends the parameters as untyped text;
   *   `before` and `after` are statements that go with it, to save a turn between the threads
   */
  query(sql, params = [], options = {}) {
    return this.#send({ op: "query", sql, params, ...options });
  }
  /** Runs any number of statements without parameters. */
  exec(sql) {
    return this.#send({ op: "exec", sql });
  }
  /** Runs `COPY … FROM '/dev/blob'` with `csv` as the file. */
  copy(sql, csv) {
    return this.#send({ op: "copy", sql, csv });
  }
}

/** One embedded Postgres in a folder. */
export class Database extends AnyDatabase {
  #dataDir;
  #worker;
  #ready;
  #pending = new Map();
  #nextId = 1;
  #tail = Promise.resolve();
  #user = "postgres";
  #closed = false;

  /** @param {string} dataDir folder of an initialised or empty cluster */
  constructor(dataDir) {
    super();
    this.#dataDir = dataDir;
    this.#start();
  }

  #start() {
    const worker = new Worker(new URL("./database-worker.mjs", import.meta.url), {
      workerData: { dataDir: this.#dataDir },
      // Room for Postgres to notice deep recursion itself, before V8 cuts it off.
      resourceLimits: { stackSizeMb: 64 },
    });
    this.#worker = worker;
    this.#user = "postgres";
    this.#ready = new Promise((resolve, reject) => {
      let isReady = false;
      worker.on("message", (message) => {
        if (message.ready) {
          isReady = true;
          resolve();
        } else if (message.notify !== undefined) this.emit("notify", message.notify);
        else this.#settle(message);
      });
      worker.once("error", (error) => {
        if (!isReady) reject(error);
      });
      worker.once("exit", () => {
        reject(new Error("Postgres did not start"));
        // Postgres crashed. What it had committed is in its log: a new thread goes on from there.
        if (isReady && !this.#closed && this.#worker === worker) this.#start();
        this.#failAll(new DatabaseError({ code: "57P02", message: "the database crashed and was restarted" }));
      });
    });
    this.#ready.catch(() => {});
  }

  #settle({ id, result, error }) {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) waiting?.reject(new DatabaseError(error));
    else waiting?.resolve(result);
  }

  #failAll(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #send(message) {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...message });
    });
  }

  /** Resolves when Postgres accepts statements. */
  ready() {
    return this.#ready;
  }

  /**
   * Runs `work` alone on the connection.
   *
   * After `timeoutMs` (0 = never) the thread is ended, Postgres recovers from its log in a new one, and `work` fails
   * with SQLSTATE 57014 as a cancelled statement does.
   */
  exclusive(work, { timeoutMs = 0, user = "postgres" } = {}) {
    const result = this.#tail.then(async () => {
      if (this.#closed) throw new Error("the database is closed");
      await this.#ready;
      if (this.#user !== user) {
        await this.#send({ op: "assume", user });
        this.#user = user;
      }
      const watchdog = timeoutMs > 0 ? setTimeout(() => this.#interrupt(), timeoutMs) : undefined;
      try {
        return await work(new Connection((message) => this.#send(message)));
      } finally {
        clearTimeout(watchdog);
      }
    });
    this.#tail = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  #interrupt() {
    const stuck = this.#worker;
    stuck.removeAllListeners();
    const ended = stuck.terminate();
    const error = new DatabaseError({ code: "57014", message: "canceling statement due to statement timeout" });
    const starting = ended.then(() => {
      if (!this.#closed) this.#start();
      return this.#ready;
    });
    starting.catch(() => {});
    this.#ready = starting;
    this.#failAll(error);
  }

  /** Shuts Postgres down after the jobs that already wait. */
  async close() {
    if (this.#closed) return;
    await this.exclusive((connection) => connection.exec("checkpoint")).catch(() => {});
    this.#closed = true;
    this.#worker.removeAllListeners("exit");
    await Promise.race([
      this.#send({ op: "close" }).catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 5000).unref()),
    ]);
    await this.#worker.terminate();
  }
}
