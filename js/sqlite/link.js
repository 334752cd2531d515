// A client's link to whoever leads: finds the leader, sends calls, sends them again to the next one.
import { ChannelPort, clientLock, keyOf, workerLock } from "./channel.js";
import { BrokerLink } from "./broker-link.js";
import {
  closedError,
  DatabaseError,
  failureOf,
  leaderLost,
  outdatedError,
  silence,
  snapshotLost,
  transactionLost,
} from "./error.js";
import { Op } from "./op.js";
import { Pulse } from "./pulse.js";

/** Ids of messages that are no calls. */
const [HELLO, OUTDATED, PULSE] = [0, -1, -2];

/** Milliseconds until an unanswered hello is sent another way. */
const helloAgain = 400;
const mostHelloAgain = 3000;

/** Milliseconds within which a new worker's script has to run. */
const aliveWithin = 10_000;

/** Milliseconds until a worker that could not open the file is replaced. */
const failedAgain = 1000;

/** Leaders that may go while a call is under way: a call that takes its leader with it must not take all of them. */
const mostLeaders = 4;

/**
 * @typedef {object} Entry a call without its answer
 * @property {number} id
 * @property {number} op
 * @property {any} a
 * @property {any} b
 * @property {number} tx
 * @property {boolean} reads
 * @property {number} deadline
 * @property {number} sent how many leaders it was sent to
 * @property {number | null} epoch the last one it was sent to
 * @property {(answer: any[]) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {AbortSignal | undefined} signal
 * @property {() => void} [aborted] what hears of the signal
 * @property {unknown} [reason] why it is to be given up, once it is
 */

export class Link {
  #settings;
  #key;
  #next = 1;
  /** @type {Map<number, Entry>} */
  #pending = new Map();
  /** @type {Worker | undefined} */
  #worker;
  #direct;
  #channel;
  #broker;
  #port;
  #pulse;
  #tries = 0;
  #attempt = 0;
  #helloTimer;
  #freeLock;
  #opened = Promise.withResolvers();
  #announced = null;
  state = "connecting";
  epoch = null;
  storage = null;
  schema = null;
  transport = null;
  role = "follower";
  /** @type {(change: { epoch: number, sequence: number, tables: string[] | null }) => void} */
  onchange = () => {};

  constructor(settings) {
    this.#settings = settings;
    this.#key = keyOf(settings.name, settings.storage);
    // Integers of 48 bits: chosen by chance, exact in JavaScript, short in the ledger.
    this.id = Number(crypto.getRandomValues(new BigUint64Array(1))[0] >> 16n);
    this.#pulse = new Pulse({
      every: Math.max(20, Math.min(250, settings.unresponsiveAfter / 4)),
      ping: () => this.#port?.postMessage([Op.PING, PULSE, 0, 0, 0, false]),
      beat: (silent) => this.#beat(silent),
    });
  }

  /** Resolves when a leader has welcomed this client. */
  async start() {
    await new Promise((granted) => {
      navigator.locks.request(clientLock(this.#key, this.id), () => {
        granted(undefined);
        return new Promise((free) => {
          this.#freeLock = free;
        });
      });
    });
    this.#channel = new BroadcastChannel(this.#key);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    const brokered = this.#settings.transport === "auto" && typeof SharedWorker === "function";
    if (brokered) this.#broker = new BrokerLink(this.#key, () => this.#offerWorker());
    this.#startWorker();
    this.#channel.postMessage(["who"]);
    const timer = setTimeout(() => this.#openTimedOut(), this.#settings.openTimeout);
    try {
      await this.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #startWorker() {
    const { name, storage, synchronous, busyTimeout, transactionIdle, openTimeout } = this.#settings;
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: this.#key });
    this.#worker = worker;
    this.#workerClosed = Promise.withResolvers();
    // Calls go the short way, between control messages: those begin with a number, these with a word.
    const direct = {
      onmessage: /** @type {((event: { data: any }) => void) | null} */ (null),
      postMessage: (message) => worker.postMessage(message),
      close() {
        direct.onmessage = null;
      },
    };
    this.#direct = direct;
    worker.onmessage = ({ data }) => {
      if (typeof data[0] === "number") direct.onmessage?.({ data });
      else this.#hearWorker(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#opened.reject(
        new DatabaseError(
          "internal",
          `the database worker can't be started: ${event.message ?? "its script did not load"}`,
        ),
      );
    };
    const urls = {
      glue: new URL("./engine/hashi_sqlite.js", import.meta.url).href,
      wasm: new URL("./engine/hashi_sqlite_bg.wasm", import.meta.url).href,
    };
    const life = workerLock(this.#key, this.id, ++this.#workers);
    const stillborn = setTimeout(() => worker === this.#worker && this.#replaceWorker(), aliveWithin);
    this.#watchWorker = () => {
      clearTimeout(stillborn);
      this.#outlive(worker, life);
    };
    const start = {
      key: this.#key,
      id: this.id,
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
    this.#offerWorker();
  }

  /** Granted when the worker is gone: somebody has terminated it, or the browser has for want of memory. */
  #outlive(worker, life) {
    const died = () => {
      if (worker === this.#worker) this.#replaceWorker();
    };
    navigator.locks.request(life, { mode: "shared", signal: this.#closing.signal }, () => {}).then(died, () => {});
  }

  #offerWorker() {
    if (!this.#broker || !this.#worker) return;
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage(["broker"], [port1]);
    this.#broker.offer(port2);
  }

  /** Gives up the worker, and with it lock and file if it leads, and waits in line with a new one. */
  #replaceWorker() {
    if (this.state === "closed") return;
    this.#worker?.terminate();
    this.#direct = undefined;
    if (this.role === "leader") this.#lose();
    this.role = "follower";
    this.#startWorker();
  }

  #lose() {
    this.#port?.close();
    this.#port = undefined;
    this.transport = null;
    if (this.state !== "closed") this.state = "connecting";
  }

  #hearWorker([what, ...rest]) {
    if (what === "leading") {
      const [epoch, storage] = rest;
      this.role = "leader";
      this.#announced = epoch;
      this.#attach(this.#direct, epoch, storage, "worker");
    } else if (what === "alive") {
      this.#watchWorker();
    } else if (what === "failed") {
      const [code, message] = rest;
      if (this.epoch === null) {
        this.#failAll(code, message);
        this.#opened.reject(new DatabaseError(code, message));
      } else {
        // It was open before: what stood in the way may pass, and another tab may lead meanwhile.
        setTimeout(() => this.#replaceWorker(), failedAgain);
      }
    } else if (what === "died") {
      console.error(`hashi-sqlite: the leader of ${this.#settings.name} is replaced: ${rest[0]}`);
      this.#replaceWorker();
    } else if (what === "closed") {
      this.#workerClosed.resolve(undefined);
    }
  }

  #workerClosed = Promise.withResolvers();
  #watchWorker;
  #workers = 0;
  #closing = new AbortController();

  #hear([what, ...rest]) {
    if (what === "leader") {
      const [epoch, storage, leader] = rest;
      // Our own worker tells us itself.
      if (leader === this.id) return;
      if (this.#announced !== null && epoch <= this.#announced && this.#port) return;
      this.#announced = epoch;
      this.role = "follower";
      this.#tries = 0;
      this.#connect(epoch, storage);
    } else if (what === "changed") {
      const [epoch, sequence, tables] = rest;
      this.onchange({ epoch, sequence, tables });
    } else if (what === "answer") {
      const [client, message] = rest;
      if (client === this.id && this.transport === "broadcast") this.#port?.onmessage?.({ data: message });
    } else if (what === "silent") {
      if (this.role === "leader" && rest[0] === this.epoch) this.#pulse.suspect();
    }
  }

  /** Connects to another tab's worker: through the broker, or where that gives no answer over the channel. */
  #connect(epoch, storage) {
    if (this.state === "closed") return;
    const viaBroker = this.#broker?.usable && this.#tries % 3 < 2;
    const wait = Math.min(helloAgain * 2 ** this.#tries, mostHelloAgain);
    this.#tries++;
    // The number tells a late attempt from the last one.
    const who = [this.id, this.#settings.busyTimeout, ++this.#attempt, epoch];
    if (viaBroker) {
      const { port1, port2 } = new MessageChannel();
      this.#broker.connect(who, port2);
      this.#attach(port1, epoch, storage, "port");
    } else {
      this.#channel.postMessage(["connect", ...who]);
      this.#attach(new ChannelPort(this.#channel, "call", this.id), epoch, storage, "broadcast");
    }
    clearTimeout(this.#helloTimer);
    this.#helloTimer = setTimeout(() => {
      if (this.state === "connecting" && this.#announced === epoch && this.role === "follower")
        this.#connect(epoch, storage);
    }, wait);
  }

  #attach(port, epoch, storage, transport) {
    if (this.state === "closed") return;
    if (this.#port && this.#port !== port) this.#port.close();
    this.#port = port;
    this.transport = transport;
    this.state = "connecting";
    port.onmessage = ({ data }) => this.#receive(data, epoch, storage);
    const migrations = this.#settings.migrations.map(({ version, sql }) => [version, sql]);
    port.postMessage([Op.HELLO, HELLO, 0, 0, 0, false, migrations]);
    this.#pulse.heard();
    if (this.#pending.size > 0) this.#pulse.start();
  }

  #receive(answer, epoch, storage) {
    this.#pulse.heard();
    if (this.state === "unresponsive") this.state = "ready";
    const id = answer[0];
    if (id > 0) this.#settle(id, answer);
    else if (id === HELLO) this.#welcome(answer, epoch, storage);
    else if (id === OUTDATED) this.#outdated(answer[1], answer[2]);
  }

  #welcome(answer, epoch, storage) {
    if (this.state !== "connecting") return;
    clearTimeout(this.#helloTimer);
    if (answer[1] !== 0) {
      const [, , code, message] = answer;
      if (code === "schema_outdated" && this.epoch !== null) {
        const [database, ours] = message.match(/\d+/g).map(Number);
        return this.#outdated(ours, database);
      }
      this.#failAll(code, message);
      return this.#opened.reject(new DatabaseError(code, message));
    }
    if (storage === "memory" && this.#settings.storage === "opfs") {
      const what = "the tab that leads found no OPFS and was told to go on in memory; this tab was not";
      return this.#opened.reject(new DatabaseError("no_opfs", what));
    }
    const before = this.epoch;
    this.epoch = epoch;
    this.storage = storage;
    this.schema = answer[3];
    this.state = "ready";
    const emptied = storage === "memory" && before !== null && before !== epoch;
    for (const entry of [...this.#pending.values()]) this.#sendAgain(entry, emptied);
    // Commits of the last moments of the old leader may have gone untold.
    if (before !== null && before !== epoch) this.onchange({ epoch, sequence: 0, tables: null });
    this.#opened.resolve(undefined);
  }

  /** What becomes of a call that another leader may have begun. */
  #sendAgain(entry, emptied) {
    const first = entry.sent === 0;
    if (!first && emptied) return this.#give(entry, leaderLost("the database was in the memory of a tab that is gone"));
    if (entry.sent >= mostLeaders)
      return this.#give(entry, leaderLost(`${mostLeaders} leaders went while the call was under way`));
    const strayed = entry.epoch !== null && entry.epoch !== this.epoch;
    if (strayed && entry.op === Op.NEXT) return this.#give(entry, snapshotLost());
    if (strayed && entry.tx !== 0 && entry.op !== Op.COMMIT) return this.#give(entry, transactionLost());
    this.#send(entry, !first);
  }

  #send(entry, again = false) {
    entry.sent++;
    entry.epoch = this.epoch;
    const acked = this.#pending.keys().next().value ?? entry.id;
    // BEGIN leaves nothing behind that could be applied twice.
    const repeated = again && entry.op !== Op.BEGIN;
    this.#port.postMessage([entry.op, entry.id, acked, entry.tx, entry.deadline, repeated, entry.a, entry.b]);
  }

  /**
   * Sends a call; resolves to its answer `[id, 0, …]`.
   * @param {number} op
   * @param {any} [a]
   * @param {any} [b]
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @param {{ tx?: number, epoch?: number | null, reads?: boolean }} [how]
   * @returns {Promise<any[]>}
   */
  call(op, a, b, options, { tx = 0, epoch = null, reads = false } = {}) {
    if (this.state === "closed") return Promise.reject(closedError());
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.outdated) return Promise.reject(outdatedError(this.outdated));
    if (op === Op.NEXT && epoch !== this.epoch) return Promise.reject(snapshotLost());
    // A transaction is bound to the leader that began it; only COMMIT is worth a question to the next one.
    if (tx !== 0 && epoch !== this.epoch && op !== Op.COMMIT) return Promise.reject(transactionLost());
    const timeout = options?.timeout ?? this.#settings.timeout;
    const deadline = timeout ? Date.now() + timeout : 0;
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      /** @type {Entry} */
      const entry = { id, op, a, b, tx, reads, deadline, sent: 0, epoch, resolve, reject, signal };
      this.#pending.set(id, entry);
      this.#pulse.start(deadline);
      if (signal) {
        entry.aborted = () => this.#abort(entry);
        signal.addEventListener("abort", entry.aborted);
      }
      if (this.state === "ready" || this.state === "unresponsive") {
        try {
          this.#send(entry);
        } catch (error) {
          this.#give(entry, error);
        }
      }
    });
  }

  /** Tells the leader something that has no answer. */
  tell(op, a) {
    if (this.state !== "closed") this.#port?.postMessage([op, PULSE, 0, 0, 0, false, a]);
  }

  #settle(id, answer) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    this.#remove(entry);
    if (answer[1] === 0) entry.resolve(answer);
    else if (answer[2] === "cancelled") entry.reject(entry.reason);
    else failureOf(answer).then(entry.reject);
  }

  #remove(entry) {
    this.#pending.delete(entry.id);
    // A page may keep one signal for all that it ever asks.
    entry.signal?.removeEventListener("abort", entry.aborted);
  }

  #give(entry, error) {
    this.#remove(entry);
    entry.reject(error);
  }

  #abort(entry) {
    entry.reason = entry.signal.reason;
    if (entry.sent > 0) this.#port?.postMessage([Op.CANCEL, PULSE, 0, 0, 0, false, entry.id]);
    if (entry.reads || entry.sent === 0) return this.#give(entry, entry.reason);
    // Of a write the leader knows what became of it. A leader that is silent is not waited for.
    const soon = Date.now() + this.#settings.unresponsiveAfter;
    entry.deadline = entry.deadline ? Math.min(entry.deadline, soon) : soon;
    this.#pulse.start(entry.deadline);
  }

  /** Regularly, while calls wait: `silent` are the milliseconds since the leader was last heard, beyond its time to answer. */
  #beat(silent) {
    const now = Date.now();
    const deaf = silent > this.#settings.unresponsiveAfter;
    if (deaf && this.state === "ready") this.state = "unresponsive";
    if (deaf) this.#channel?.postMessage(["silent", this.epoch]);
    let next = 0;
    for (const entry of [...this.#pending.values()]) {
      if (!entry.deadline) continue;
      // The leader's own word on a deadline is better: it knows whether the call was begun.
      const grace = entry.sent > 0 && !deaf ? 150 : 0;
      if (now >= entry.deadline + grace) this.#giveUp(entry, deaf || this.state === "connecting");
      else if (!next || entry.deadline + grace < next) next = entry.deadline + grace;
    }
    if (this.role === "leader" && silent > this.#settings.hangAfter) this.#replaceWorker();
    return { goOn: this.#pending.size > 0 || deaf, next };
  }

  #giveUp(entry, deaf) {
    if (entry.sent > 0) this.#port?.postMessage([Op.CANCEL, PULSE, 0, 0, 0, false, entry.id]);
    if (entry.reason !== undefined) return this.#give(entry, entry.reason);
    const outcome = outcomeOf(entry);
    const code = deaf ? "leader_unresponsive" : "timeout";
    const what = deaf ? `the deadline passed, and ${silence}` : "the deadline passed before the answer came";
    this.#give(entry, new DatabaseError(code, what, { outcome }));
  }

  #outdated(ours, database) {
    this.schema = database;
    if (this.outdated) return;
    this.outdated = { ours, database };
    for (const entry of [...this.#pending.values()])
      this.#give(entry, outdatedError(this.outdated, entry.epoch === this.epoch ? "none" : outcomeOf(entry)));
    this.#settings.onOutdated?.(this.outdated);
  }

  /** @type {{ ours: number, database: number } | undefined} */
  outdated;

  #failAll(code, message) {
    for (const entry of [...this.#pending.values()])
      this.#give(entry, new DatabaseError(code, message, { outcome: outcomeOf(entry) }));
  }

  async #openTimedOut() {
    const { held = [] } = await navigator.locks.query();
    const taken = held.some(({ name }) => name === this.#key);
    const waited = `after ${this.#settings.openTimeout} ms`;
    const why = taken ? `another tab holds the database, and ${silence}` : "no leader was elected";
    this.#opened.reject(new DatabaseError("open_timeout", `not open ${waited}: ${why}`));
  }

  get pending() {
    return this.#pending.size;
  }

  get silentFor() {
    return this.#pulse.silentFor;
  }

  /** Waits for the answers under way, then frees everything. */
  async close() {
    if (this.state === "closed") return;
    const settled = [...this.#pending.values()].map(
      (entry) =>
        new Promise((resolve) => {
          const { resolve: accept, reject } = entry;
          entry.resolve = (answer) => resolve(accept(answer));
          entry.reject = (error) => resolve(reject(error));
        }),
    );
    const patience = new Promise((resolve) => setTimeout(resolve, Math.max(this.#settings.unresponsiveAfter, 100) * 2));
    await Promise.race([Promise.all(settled), patience]);
    this.state = "closed";
    this.#closing.abort();
    for (const entry of [...this.#pending.values()]) this.#give(entry, closedError(outcomeOf(entry)));
    clearTimeout(this.#helloTimer);
    this.#pulse.stop();
    this.#worker?.postMessage(["close"]);
    await Promise.race([this.#workerClosed.promise, patience]);
    this.#worker?.terminate();
    this.#port?.close();
    this.#broker?.close();
    this.#channel?.close();
    this.#freeLock?.();
    this.#opened.promise.catch(() => {});
    this.#opened.reject(closedError());
  }
}

/** What is known of a call that no leader has answered. */
const outcomeOf = ({ reads, sent }) => (reads || sent === 0 ? "none" : "unknown");
