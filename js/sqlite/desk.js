// A page's calls: what each asks and who waits for it. When they are sent, where to, and what becomes of them says the tab (crates/sqlite-tab), which
// calls the public methods here; a call crosses to it once when it is made and once when its answer has come, with numbers only.
import { engine, loadTab, startBroker, startWorker } from "./boot.js";
import { ChannelPort, keyOf } from "./channel.js";
import { DatabaseError, failureOf } from "./error.js";
import { HELLO, Op, PULSE } from "./op.js";
import { Statements } from "./statements.js";

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
  /** @type {import("./tab/hashi_sqlite_tab.js").Tab | undefined} */
  #tab;
  /** @type {WebAssembly.Memory | undefined} the tab's */
  #memory;
  #slate = new Float64Array(0);
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** @type {string[][]} names of columns by the number that the leader gave them */
  #columns = [];
  #statements = new Statements();
  #port;
  /** @type {ReturnType<typeof startWorker> | undefined} a worker whose script loads beside the tab */
  #early;
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
    this.#early = startWorker(this.#key, (message) => this.#hearWorker(message));
    const { Tab, memory, silence } = await loadTab();
    if (this.#closing) throw new DatabaseError("closed", "the database was closed while it was opened");
    const { openTimeout, busyTimeout, unresponsiveAfter, hangAfter, transport, storage } = this.#settings;
    const brokered = transport === "auto" && typeof SharedWorker === "function";
    const times = /** @type {const} */ ([openTimeout, busyTimeout, unresponsiveAfter, hangAfter]);
    this.#memory = memory;
    this.silence = silence;
    this.#tab = new Tab(this, this.#key, this.id, ...times, brokered, storage === "opfs");
    for (const message of this.#saidEarly) this.#tab.hearWorker(message);
    this.#tab.start();
    await this.#opened.promise;
  }

  /** Waits for the answers under way, then frees everything. */
  async close() {
    this.#closing = true;
    this.#early?.terminate();
    if (!this.#tab) return;
    this.#tab.close();
    await this.#freed.promise;
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
    const begun = this.#tab.begin(op, tx, epoch, reads, timeout || 0, performance.now());
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
        entry.aborted = () => this.#tab.abort(id);
        signal.addEventListener("abort", entry.aborted);
      }
    });
  }

  /** Posts a call; false if its parameters can't be cloned, of which its caller hears. */
  #post(entry, acked, again) {
    try {
      this.#postAs(entry, acked, again);
      return true;
    } catch (error) {
      this.#tab.withdraw(entry.id);
      this.#remove(entry);
      entry.reject(error);
      return false;
    }
  }

  #postAs({ op, id, tx, deadline, a, b }, acked, again) {
    const port = this.#port;
    if (op > Op.RUN) return port.postMessage([op, id, acked, tx, deadline, again, a, b]);
    const known = this.#statements.numberOf(a);
    if (known !== undefined) return port.postMessage([op, id, acked, tx, deadline, again, known, b]);
    const number = this.#statements.nextFor(a);
    port.postMessage([op, id, acked, tx, deadline, again, a, b, number]);
    // Not before: what can't be cloned has not been sent.
    if (number !== undefined) this.#statements.keep(a, number);
  }

  #remove(entry) {
    this.#entries.delete(entry.id);
    // A page may keep one signal for all that it ever asks.
    entry.signal?.removeEventListener("abort", entry.aborted);
  }

  /** A message from the leader. */
  hear(answer) {
    const id = answer[0];
    if (!(id > 0)) return this.#tab.hear(answer);
    // Also of an answer that nobody waits for any more: the leader says them once.
    if (answer.length > 4 && Array.isArray(answer[4])) this.#columns[answer[2]] = answer[4];
    const settled = this.#tab.settle(id, kindOf(answer));
    if (settled === DROPPED) return;
    const entry = this.#entries.get(id);
    if (settled === SEND_TEXT) {
      const [, acked, again] = this.#look();
      this.#statements.forget();
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
    this.#port?.postMessage([op, PULSE, 0, 0, 0, false, a]);
  }

  #hearWorker(message) {
    if (message[0] === "died")
      console.error(`hashi-sqlite: the leader of ${this.#settings.name} is replaced: ${message[1]}`);
    if (this.#tab) this.#tab.hearWorker(message);
    else this.#saidEarly.push(message);
  }

  // From here on what the tab has done; src/edge/desk.rs lists it.

  attach(port) {
    if (this.#port && this.#port !== port) {
      this.#port.onmessage = null;
      this.#port.close();
    }
    this.#port = port;
    if (port) port.onmessage = ({ data }) => this.hear(data);
  }

  portOn(channel) {
    return new ChannelPort(channel, "call", this.id);
  }

  hello(protocol) {
    const migrations = this.#settings.migrations.map(({ version, sql }) => [version, sql]);
    this.#port.postMessage([Op.HELLO, HELLO, 0, 0, 0, false, migrations, protocol]);
  }

  forget() {
    this.#statements.forget();
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
    this.onchange({ epoch, sequence, tables });
  }

  outdated(ours, database) {
    this.#settings.onOutdated?.({ ours, database });
  }

  startWorker(life) {
    const worker = this.#early ?? startWorker(this.#key, (message) => this.#hearWorker(message));
    this.#early = undefined;
    const { name, storage, synchronous, busyTimeout, transactionIdle, openTimeout } = this.#settings;
    const times = { busyTimeout, transactionIdle, openTimeout };
    const start = { key: this.#key, id: this.id, life, name, storage, synchronous, ...times, urls: engine };
    worker.postMessage(["start", start]);
    return worker;
  }

  startBroker() {
    return startBroker(
      (message) => this.#tab.hearBroker(message),
      () => this.#tab.brokerFailed(),
    );
  }

  freed() {
    this.#freed.resolve(undefined);
  }
}
