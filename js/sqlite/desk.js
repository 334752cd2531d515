// Where a page's calls are made. When they are sent, where to, and what becomes of them says the tab (crates/sqlite-tab), which calls the public
// methods here; a call crosses to it once when it is made and once when its answer has come, with numbers only.
import { engine, startBroker, startWorker } from "./boot.js";
import { ChannelPort, keyOf } from "./channel.js";
import { Entries } from "./entries.js";
import { DatabaseError, failureOf, reported } from "./error.js";
import { GuardedTab, loadInTime } from "./guarded-tab.js";
import { HELLO, Op } from "./op.js";
import {
  CANCELLED,
  DONE,
  DROPPED,
  FAILED,
  REFUSED,
  REJECT,
  RESOLVE,
  SEND,
  SEND_TEXT,
  UNKNOWN_STATEMENT,
} from "./verdict.js";
import { Wire } from "./wire.js";

const kindOf = (answer) => {
  if (answer[1] === 0) return DONE;
  if (answer[2] === "unknown_statement") return UNKNOWN_STATEMENT;
  return answer[2] === "cancelled" ? CANCELLED : FAILED;
};

/** A text that surely only reads. The leader knows for all; this is for what a call that is given up may have done. */
const reading = /^\s*(select|values|explain|pragma)\b/i;

export class Desk {
  #settings;
  #key;
  #tab = new GuardedTab((what) => this.#fallen(what));
  #entries = new Entries();
  #wire = new Wire();
  /** @type {ReturnType<typeof startWorker> | undefined} a worker whose script loads beside the tab */
  #early;
  /** @type {any[][]} what that says meanwhile */
  #saidEarly = [];
  /** @type {ReturnType<typeof startWorker> | undefined} */
  #worker;
  /** @type {SharedWorker | undefined} */
  #broker;
  #opened = Promise.withResolvers();
  #freed = Promise.withResolvers();
  #closing = false;
  // Integers of 48 bits: chosen by chance, exact in JavaScript, short in the ledger.
  id = Number(crypto.getRandomValues(new BigUint64Array(1))[0] >> 16n);
  /** @type {(change: { epoch: number, sequence: number, tables: string[] | null }) => void} */
  onchange = () => {};

  /** @param {ReturnType<typeof import("./settings.js").settingsOf>} settings */
  constructor(settings) {
    this.#settings = settings;
    this.#key = keyOf(settings.name, settings.storage);
  }

  /** Resolves when a leader has welcomed this client. */
  async start() {
    const begun = performance.now();
    this.#early = startWorker(this.#key, (message) => this.#hearWorker(message));
    const { openTimeout, busyTimeout, unresponsiveAfter, hangAfter, transport, storage } = this.#settings;
    const { Tab, memory } = await loadInTime(openTimeout);
    if (this.#closing) throw new DatabaseError("closed", "the database was closed while it was opened");
    const brokered = transport === "auto" && typeof SharedWorker === "function";
    const times = /** @type {const} */ ([openTimeout, busyTimeout, unresponsiveAfter, hangAfter]);
    this.#tab.guard(new Tab(this, this.#key, this.id, ...times, brokered, storage === "opfs"), memory);
    for (const message of this.#saidEarly) this.#hearWorker(message);
    this.#tab.enter((tab) => tab.start(begun));
    await this.#opened.promise;
  }

  /** Waits for the answers under way, then frees everything. */
  async close() {
    this.#closing = true;
    this.#early?.terminate();
    if (!this.tab) return;
    this.#tab.enter((tab) => tab.close());
    await this.#freed.promise;
    this.#leaveBroker();
    this.#tab.end();
  }

  /** The tab's wasm is gone: nobody waits for what can't come any more. */
  #fallen(what) {
    this.#worker?.terminate();
    this.attach(undefined);
    for (const id of this.#entries.ids()) this.reject(id, "internal", what, true);
    this.notOpened("internal", what, undefined);
    this.#freed.resolve(undefined);
  }

  /** The leader that has welcomed this client last; 0 if none has. */
  get epoch() {
    return this.tab?.epoch ?? 0;
  }

  /** The tab, for its state; undefined before there is one. */
  get tab() {
    return this.#tab.tab;
  }

  /**
   * Sends a call; resolves to its answer `[id, 0, …]`, or to what `finish` makes of that.
   * @param {number} op
   * @param {any} [a]
   * @param {any} [b]
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @param {{ tx?: number, epoch?: number, finish?: import("./entries.js").Finish }} [how]
   * @returns {Promise<any>}
   */
  call(op, a, b, options, { tx = 0, epoch = 0, finish } = {}) {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    // A number would stand for another statement's text.
    if (op <= Op.RUN && typeof a !== "string")
      return Promise.reject(new DatabaseError("parameter", `the SQL has to be a string, not ${typeof a}`));
    const timeout = options?.timeout ?? this.#settings.timeout;
    const reads = op <= Op.ALL && reading.test(a);
    const begun = this.#tab.begin(op, tx, epoch, reads, timeout || 0);
    if (begun === REFUSED) return Promise.reject(new DatabaseError(...this.tab.refusal()));
    const slate = this.#tab.look();
    // Not as a pattern, which would ask for an iterator.
    const id = slate[0];
    const acked = slate[1];
    return new Promise((resolve, reject) => {
      const deadline = timeout ? Date.now() + timeout : 0;
      /** @type {import("./entries.js").Entry} */
      const entry = { id, op, a, b, tx, deadline, finish, resolve, reject, signal, aborted: undefined };
      // First: what follows is done while the leader's thread wakes up.
      if (begun === SEND && !this.#post(entry, acked, false)) return;
      if (signal) entry.aborted = () => this.#abort(entry);
      this.#entries.add(entry);
    });
  }

  /** Of a write the leader knows what became of it, for as long as a leader may be silent: if it hears of it later, it is not to begin. */
  #abort(entry) {
    const soon = Date.now() + this.#settings.unresponsiveAfter;
    entry.deadline = Math.min(entry.deadline || soon, soon);
    this.#tab.enter((tab) => tab.abort(entry.id));
  }

  /** Posts a call; false if its parameters can't be cloned, of which its caller hears. */
  #post(entry, acked, again) {
    try {
      this.#wire.post(entry, acked, again);
      return true;
    } catch (error) {
      this.#tab.enter((tab) => tab.withdraw(entry.id));
      this.#entries.take(entry.id);
      // Itself: one that is just made is not among them.
      entry.reject(error);
      return false;
    }
  }

  /** A message from the leader. */
  hear(answer) {
    const id = answer[0];
    if (!(id > 0)) return this.#tab.enter((tab) => tab.hear(answer));
    // Also of an answer that nobody waits for any more: the leader says them once.
    if (answer.length > 4 && Array.isArray(answer[4])) this.#entries.learn(answer[2], answer[4]);
    const settled = this.#tab.settle(id, kindOf(answer));
    if (settled === DROPPED) return;
    if (settled === RESOLVE) this.#entries.finish(id, answer);
    else if (settled === SEND_TEXT) this.#sendText(id);
    else if (settled === REJECT) this.#entries.refuse(id, answer);
    else this.#entries.takeBack(id);
  }

  /** The leader keeps no text under a statement's number. */
  #sendText(id) {
    const [, acked, again] = this.#tab.look();
    this.#wire.forget();
    this.send(id, acked, again === 1);
  }

  /** Tells the leader something that has no answer of its own. */
  tell(op, a) {
    this.#wire.tell(op, a);
  }

  #hearWorker(message) {
    if (message[0] === "died")
      console.error(`hashi-sqlite: the leader of ${this.#settings.name} is replaced: ${message[1]}`);
    if (this.tab) this.#tab.enter((tab) => tab.hearWorker(message));
    else this.#saidEarly.push(message);
  }

  // From here on what the tab has done; src/edge/desk.rs lists it.

  attach(port) {
    this.#wire.attach(port, (message) => this.hear(message));
  }

  portOn(channel) {
    return new ChannelPort(channel, "call", this.id);
  }

  hello(protocol) {
    const migrations = this.#settings.migrations.map(({ version, sql }) => [version, sql]);
    this.#wire.hello(migrations, protocol);
  }

  send(id, acked, again) {
    const entry = this.#entries.get(id);
    if (entry) this.#post(entry, acked, again);
  }

  cancel(id) {
    this.tell(Op.CANCEL, id);
  }

  ping() {
    this.tell(Op.PING);
  }

  reject(id, code, message, unknown) {
    this.#entries.reject(id, new DatabaseError(code, message, { outcome: unknown ? "unknown" : "none" }));
  }

  takeBack(id) {
    this.#entries.takeBack(id);
  }

  opened() {
    this.#opened.resolve(undefined);
  }

  notOpened(code, message, sqlite) {
    // Nobody may wait: it was open before.
    this.#opened.promise.catch(() => {});
    failureOf([HELLO, 1, code, message, sqlite]).then(this.#opened.reject);
  }

  changed(epoch, sequence, tables) {
    reported(() => this.onchange({ epoch, sequence, tables }));
  }

  outdated(ours, database) {
    reported(() => this.#settings.onOutdated?.({ ours, database }));
  }

  startWorker(life) {
    const worker = this.#early ?? startWorker(this.#key, (message) => this.#hearWorker(message));
    this.#early = undefined;
    this.#worker = worker;
    const { name, storage, synchronous, busyTimeout, transactionIdle, openTimeout } = this.#settings;
    const times = { busyTimeout, transactionIdle, openTimeout };
    const start = { key: this.#key, id: this.id, life, name, storage, synchronous, ...times, urls: engine };
    worker.postMessage(["start", start]);
    return worker;
  }

  startBroker() {
    this.#leaveBroker();
    this.#broker = startBroker(
      (message) => this.#tab.enter((tab) => tab.hearBroker(message)),
      () => this.#tab.enter((tab) => tab.brokerFailed()),
    );
    return this.#broker?.port;
  }

  /** The browser keeps a SharedWorker's object, and all that listens to it, for as long as the page lives. */
  #leaveBroker() {
    if (this.#broker) this.#broker.onerror = null;
    this.#broker = undefined;
  }

  freed() {
    this.#freed.resolve(undefined);
  }
}
