// A page's calls: what each asks and who waits for it. When they are sent, where to, and what becomes of them says the tab (crates/sqlite-tab), which
// calls the public methods here; a call crosses to it once when it is made and once when its answer has come, with numbers only.
import { engine, loadTab, startBroker, startWorker } from "./boot.js";
import { ChannelPort, keyOf } from "./channel.js";
import { Ended } from "./ended.js";
import { DatabaseError, failureOf, reported } from "./error.js";
import { HELLO, Op } from "./op.js";
import { after } from "./timer.js";
import { Wire } from "./wire.js";

/** What Tab.begin() says; a call that is neither to be sent nor refused is kept. */
const [SEND, , REFUSED] = [0, 1, 2];

/** What Tab.settle() is told and says. */
const [DONE, FAILED, UNKNOWN_STATEMENT, CANCELLED] = [0, 1, 2, 3];
const [DROPPED, RESOLVE, REJECT, , SEND_TEXT] = [0, 1, 2, 3, 4];

const kindOf = (answer) => {
  if (answer[1] === 0) return DONE;
  if (answer[2] === "unknown_statement") return UNKNOWN_STATEMENT;
  return answer[2] === "cancelled" ? CANCELLED : FAILED;
};

/** A text that surely only reads. The leader knows for all; this is for what a call that is given up may have done. */
const reading = /^\s*(select|values|explain|pragma)\b/i;

/**
 * @typedef {object} Entry a call without its answer
 * @property {number} id
 * @property {number} op
 * @property {any} a
 * @property {any} b
 * @property {number} tx
 * @property {number} deadline milliseconds since 1970; 0 for never
 * @property {Finish | undefined} finish makes of the answer what the call resolves to
 * @property {(answer: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {AbortSignal | undefined} signal
 * @property {(() => void) | undefined} aborted what hears of the signal
 */

/** @typedef {(answer: any[], columns: string[][]) => any} Finish hears the columns' names by their numbers, too */

export class Desk {
  #settings;
  #key;
  /** @type {import("./tab/hashi_sqlite_tab.js").Tab | Ended | undefined} */
  #tab;
  /** @type {WebAssembly.Memory | undefined} the tab's */
  #memory;
  #slate = new Float64Array(0);
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** @type {string[][]} names of columns by the number that the leader gave them */
  #columns = [];
  #wire = new Wire();
  /** @type {ReturnType<typeof startWorker> | undefined} a worker whose script loads beside the tab */
  #early;
  /** @type {ReturnType<typeof startWorker> | undefined} */
  #worker;
  /** @type {SharedWorker | undefined} */
  #broker;
  /** @type {any[][]} what that says meanwhile */
  #saidEarly = [];
  #opened = Promise.withResolvers();
  #freed = Promise.withResolvers();
  #closing = false;
  /** What a person can do about a silent leader. */
  silence = "";
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
    const { Tab, memory, silence } = await this.#loadTab();
    if (this.#closing) throw new DatabaseError("closed", "the database was closed while it was opened");
    const { openTimeout, busyTimeout, unresponsiveAfter, hangAfter, transport, storage } = this.#settings;
    const brokered = transport === "auto" && typeof SharedWorker === "function";
    const times = /** @type {const} */ ([openTimeout, busyTimeout, unresponsiveAfter, hangAfter]);
    this.#memory = memory;
    this.silence = silence;
    const tab = new Tab(this, this.#key, this.id, ...times, brokered, storage === "opfs");
    this.#tab = tab;
    for (const message of this.#saidEarly) tab.hearWorker(message);
    tab.start(begun);
    await this.#opened.promise;
  }

  /** The tab's wasm, within the time for opening. */
  async #loadTab() {
    const { openTimeout } = this.#settings;
    const what = `not open after ${openTimeout} ms: the database's tab is still being fetched`;
    let timer;
    const late = new Promise((_, reject) => {
      timer = after(openTimeout, () => reject(new DatabaseError("open_timeout", what)));
    });
    try {
      return await Promise.race([loadTab(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the answers under way, then frees everything. */
  async close() {
    this.#closing = true;
    this.#early?.terminate();
    if (!this.#tab) return;
    this.#enter((tab) => tab.close());
    await this.#freed.promise;
    this.#end();
  }

  /** Gives the tab's memory back: the wasm and this object hold each other, which no collector can see. */
  #end() {
    const tab = this.#tab;
    this.#leaveBroker();
    if (tab instanceof Ended) return;
    const { role, storage, epoch, schema } = tab;
    // A call is refused now, and so will all be that come.
    tab.begin(Op.PING, 0, 0, true, 0, performance.now());
    this.#tab = new Ended(tab.refusal(), { role, storage, epoch, schema });
    tab.free();
  }

  /** Tells the tab something. A fault in there ends this client: nobody waits for what can't come any more. */
  #enter(act) {
    try {
      return act(this.#tab);
    } catch (error) {
      this.#fall(error);
    }
  }

  // Each call takes these two: not by a closure.

  #begin(op, tx, epoch, reads, timeout) {
    try {
      return this.#tab.begin(op, tx, epoch, reads, timeout, performance.now());
    } catch (error) {
      this.#fall(error);
      return REFUSED;
    }
  }

  #settle(id, kind) {
    try {
      return this.#tab.settle(id, kind);
    } catch (error) {
      this.#fall(error);
      return DROPPED;
    }
  }

  #fall(error) {
    if (this.#tab instanceof Ended) throw error;
    const what = `the database's tab failed, reload the page: ${error?.message ?? error}`;
    console.error(`hashi-sqlite: ${what}`, error);
    this.#tab = new Ended(["internal", what]);
    this.#worker?.terminate();
    this.attach(undefined);
    for (const id of [...this.#entries.keys()]) this.reject(id, "internal", what, true);
    this.notOpened("internal", what, undefined);
    this.#freed.resolve(undefined);
  }

  /** The leader that has welcomed this client last; 0 if none has. */
  get epoch() {
    return this.#tab?.epoch ?? 0;
  }

  /** The tab, for its state. */
  get tab() {
    return this.#tab;
  }

  /** An id, the lowest id without an answer and whether a call is sent again, as the tab has just written them. */
  #look() {
    // Memory that has grown is another.
    if (this.#slate.length === 0) this.#slate = new Float64Array(this.#memory.buffer, this.#tab.slate(), 3);
    return this.#slate;
  }

  /**
   * Sends a call; resolves to its answer `[id, 0, …]`, or to what `finish` makes of that.
   * @param {number} op
   * @param {any} [a]
   * @param {any} [b]
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @param {{ tx?: number, epoch?: number, finish?: Finish }} [how]
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
    const begun = this.#begin(op, tx, epoch, reads, timeout || 0);
    if (begun === REFUSED) return Promise.reject(new DatabaseError(...this.#tab.refusal()));
    const slate = this.#look();
    // Not as a pattern, which would ask for an iterator.
    const id = slate[0];
    const acked = slate[1];
    return new Promise((resolve, reject) => {
      const deadline = timeout ? Date.now() + timeout : 0;
      /** @type {Entry} */
      const entry = { id, op, a, b, tx, deadline, finish, resolve, reject, signal, aborted: undefined };
      // First: what follows is done while the leader's thread wakes up.
      if (begun === SEND && !this.#post(entry, acked, false)) return;
      this.#entries.set(id, entry);
      if (signal) {
        entry.aborted = () => this.#takeBack(entry);
        signal.addEventListener("abort", entry.aborted);
      }
    });
  }

  /** Of a write the leader knows what became of it, for as long as a leader may be silent: if it hears of it later, it is not to begin. */
  #takeBack(entry) {
    const soon = Date.now() + this.#settings.unresponsiveAfter;
    entry.deadline = Math.min(entry.deadline || soon, soon);
    this.#enter((tab) => tab.abort(entry.id));
  }

  /** Posts a call; false if its parameters can't be cloned, of which its caller hears. */
  #post(entry, acked, again) {
    try {
      this.#wire.post(entry, acked, again);
      return true;
    } catch (error) {
      this.#tab.withdraw(entry.id);
      this.#remove(entry);
      entry.reject(error);
      return false;
    }
  }

  #remove(entry) {
    this.#entries.delete(entry.id);
    // A page may keep one signal for all that it ever asks.
    entry.signal?.removeEventListener("abort", entry.aborted);
  }

  /** A message from the leader. */
  hear(answer) {
    const id = answer[0];
    if (!(id > 0)) return this.#enter((tab) => tab.hear(answer));
    // Also of an answer that nobody waits for any more: the leader says them once.
    if (answer.length > 4 && Array.isArray(answer[4])) this.#columns[answer[2]] = answer[4];
    const settled = this.#settle(id, kindOf(answer));
    if (settled === DROPPED) return;
    const entry = this.#entries.get(id);
    if (settled === SEND_TEXT) {
      const [, acked, again] = this.#look();
      this.#wire.forget();
      this.#post(entry, acked, again === 1);
      return;
    }
    this.#remove(entry);
    if (settled === RESOLVE) this.#finish(entry, answer);
    else if (settled === REJECT) failureOf(answer).then(entry.reject);
    else entry.reject(entry.signal.reason);
  }

  #finish({ finish, resolve, reject }, answer) {
    try {
      resolve(finish ? finish(answer, this.#columns) : answer);
    } catch (error) {
      // Rows that don't fit into the page's memory.
      reject(error);
    }
  }

  /** Tells the leader something that has no answer of its own. */
  tell(op, a) {
    this.#wire.tell(op, a);
  }

  #hearWorker(message) {
    if (message[0] === "died")
      console.error(`hashi-sqlite: the leader of ${this.#settings.name} is replaced: ${message[1]}`);
    if (this.#tab) this.#enter((tab) => tab.hearWorker(message));
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

  forget() {
    this.#wire.forget();
  }

  send(id, acked, again) {
    this.#post(this.#entries.get(id), acked, again);
  }

  cancel(id) {
    this.tell(Op.CANCEL, id);
  }

  ping() {
    this.tell(Op.PING);
  }

  reject(id, code, message, unknown) {
    const entry = this.#entries.get(id);
    this.#remove(entry);
    entry.reject(new DatabaseError(code, message, { outcome: unknown ? "unknown" : "none" }));
  }

  takeBack(id) {
    const entry = this.#entries.get(id);
    this.#remove(entry);
    entry.reject(entry.signal.reason);
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
      (message) => this.#enter((tab) => tab.hearBroker(message)),
      () => this.#enter((tab) => tab.brokerFailed()),
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
