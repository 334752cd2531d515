// A page's own worker: the one that waits to lead, started anew when it is gone.
import { workerLock } from "./channel.js";
import { DatabaseError } from "./error.js";

/** Milliseconds within which a new worker's script has to run. */
const aliveWithin = 10_000;

/**
 * @typedef {object} Events
 * @property {(message: [string, ...any[]]) => void} hear what the worker says of its leading
 * @property {() => void} died it is gone, or its script never ran: it wants to be started again
 * @property {(error: DatabaseError) => void} broken its script can't be loaded
 */

export class OwnWorker {
  #settings;
  #key;
  #id;
  #events;
  /** @type {Worker | undefined} */
  #worker;
  #watch;
  #closed = Promise.withResolvers();
  #started = 0;
  #closing = new AbortController();
  /** Stands for a port to it, while it leads. */
  direct;

  /**
   * @param {ReturnType<typeof import("./settings.js").settingsOf>} settings
   * @param {string} key
   * @param {number} id the client's
   * @param {Events} events
   */
  constructor(settings, key, id, events) {
    this.#settings = settings;
    this.#key = key;
    this.#id = id;
    this.#events = events;
  }

  /** Starts it. One that is there is given up, and with it lock and file if it leads. */
  start() {
    this.#worker?.terminate();
    const { name, storage, synchronous, busyTimeout, transactionIdle, openTimeout } = this.#settings;
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: this.#key });
    this.#worker = worker;
    this.#closed = Promise.withResolvers();
    // Calls go the short way, between control messages: those begin with a number, these with a word.
    const direct = {
      onmessage: /** @type {((event: { data: any }) => void) | null} */ (null),
      postMessage: (message) => worker.postMessage(message),
      close() {
        direct.onmessage = null;
      },
    };
    this.direct = direct;
    worker.onmessage = ({ data }) => {
      if (typeof data[0] === "number") direct.onmessage?.({ data });
      else this.#hear(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      const why = event.message ?? "its script did not load";
      this.#events.broken(new DatabaseError("internal", `the database worker can't be started: ${why}`));
    };
    const urls = {
      glue: new URL("./engine/hashi_sqlite.js", import.meta.url).href,
      wasm: new URL("./engine/hashi_sqlite_bg.wasm", import.meta.url).href,
    };
    const life = workerLock(this.#key, this.#id, ++this.#started);
    const stillborn = setTimeout(() => worker === this.#worker && this.#events.died(), aliveWithin);
    this.#watch = () => {
      clearTimeout(stillborn);
      this.#outlive(worker, life);
    };
    const start = {
      key: this.#key,
      id: this.#id,
      life,
      name,
      storage,
      synchronous,
      busyTimeout,
      transactionIdle,
      openTimeout,
      urls,
    };
    worker.postMessage(["start", start]);
  }

  /** Granted when the worker is gone: somebody has terminated it, or the browser has for want of memory. */
  #outlive(worker, life) {
    const died = () => {
      if (worker === this.#worker) this.#events.died();
    };
    navigator.locks.request(life, { mode: "shared", signal: this.#closing.signal }, () => {}).then(died, () => {});
  }

  #hear(message) {
    if (message[0] === "alive") this.#watch();
    else if (message[0] === "closed") this.#closed.resolve(undefined);
    else this.#events.hear(message);
  }

  post(message, transfer) {
    this.#worker?.postMessage(message, transfer);
  }

  /** Has it give lock and file back, and ends it: then, or when `patience` is over. */
  async close(patience) {
    this.#closing.abort();
    this.post(["close"]);
    if (this.#worker) await Promise.race([this.#closed.promise, patience]);
    this.#worker?.terminate();
  }
}
