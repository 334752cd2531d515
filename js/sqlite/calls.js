// A client's calls that have no answer: sent, sent again to the next leader, taken back, given up.
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
import { Op, PULSE } from "./op.js";
import { Pulse } from "./pulse.js";
import { Statements } from "./statements.js";

/** Leaders that may go while a call is under way: a call that takes its leader with it must not take all of them. */
const mostLeaders = 4;

/**
 * @typedef {object} Entry a call without its answer
 * @property {number} id
 * @property {number} op
 * @property {any} a
 * @property {any} b
 * @property {number} tx
 * @property {number} deadline
 * @property {number} sent how many leaders it was sent to
 * @property {boolean} again whether an earlier one may have applied it
 * @property {number | null} epoch the last one it was sent to
 * @property {Finish | undefined} finish makes of the answer what the call resolves to
 * @property {(answer: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {AbortSignal | undefined} signal
 * @property {() => void} [aborted] what hears of the signal
 * @property {unknown} [reason] why it is to be given up, once it is
 */

/** @typedef {(answer: any[], columns: string[][]) => any} Finish hears the columns' names by their numbers, too */

/**
 * @typedef {object} Way to the leader
 * @property {string} state
 * @property {number | null} epoch
 * @property {{ ours: number, database: number } | undefined} outdated
 * @property {(message: any[]) => void} post
 * @property {(silent: number) => void} unheard hears for how many milliseconds the leader has owed an answer
 */

const readingOps = new Set([Op.PREPARE, Op.ITERATE, Op.NEXT, Op.EXPORT, Op.STATUS]);

/** Whether a call surely only reads. The leader knows for all; this is for what a call that is given up may have done. */
const reads = ({ op, a }) =>
  readingOps.has(op) || ((op === Op.GET || op === Op.ALL) && /^\s*(select|values|explain|pragma)\b/i.test(a));

/** What is known of a call that no leader has answered. */
const outcomeOf = (entry) => (entry.sent === 0 || reads(entry) ? "none" : "unknown");

function finished({ finish, resolve, reject }, answer, columns) {
  try {
    resolve(finish ? finish(answer, columns) : answer);
  } catch (error) {
    // Rows that don't fit into the page's memory.
    reject(error);
  }
}

export class Calls {
  #settings;
  #way;
  #next = 1;
  /** @type {Map<number, Entry>} */
  #pending = new Map();
  /** @type {string[][]} names of columns by the number that the leader gave them */
  #columns = [];
  #statements = new Statements();
  #pulse;

  /**
   * @param {ReturnType<typeof import("./settings.js").settingsOf>} settings
   * @param {Way} way
   */
  constructor(settings, way) {
    this.#settings = settings;
    this.#way = way;
    this.#pulse = new Pulse({
      every: Math.max(20, Math.min(250, settings.unresponsiveAfter / 4)),
      ping: () => way.post([Op.PING, PULSE, 0, 0, 0, false]),
      beat: (silent) => this.#beat(silent),
    });
  }

  get pending() {
    return this.#pending.size;
  }

  get silentFor() {
    return this.#pulse.silentFor;
  }

  /** Another tab hears nothing of the leader. */
  suspect() {
    this.#pulse.suspect();
  }

  /** The leader gave a sign of life. */
  heard() {
    this.#pulse.heard();
  }

  /** There is a port: from now on its silence counts, if anybody waits. */
  attached() {
    this.#pulse.heard();
    if (this.#pending.size > 0) this.#pulse.start();
  }

  /** A leader has welcomed this client; `emptied`: its database is not the one that earlier calls were about. */
  sendAll(emptied) {
    this.#statements.forget();
    for (const entry of [...this.#pending.values()]) this.#sendAgain(entry, emptied);
  }

  /** What becomes of a call that another leader may have begun. */
  #sendAgain(entry, emptied) {
    const first = entry.sent === 0;
    if (!first && emptied) return this.#give(entry, leaderLost("the database was in the memory of a tab that is gone"));
    if (entry.sent >= mostLeaders)
      return this.#give(entry, leaderLost(`${mostLeaders} leaders went while the call was under way`));
    const strayed = entry.epoch !== null && entry.epoch !== this.#way.epoch;
    if (strayed && entry.op === Op.NEXT) return this.#give(entry, snapshotLost());
    if (strayed && entry.tx !== 0 && entry.op !== Op.COMMIT) return this.#give(entry, transactionLost());
    this.#send(entry, !first);
  }

  #send(entry, again = false) {
    entry.sent++;
    entry.epoch = this.#way.epoch;
    // BEGIN leaves nothing behind that could be applied twice.
    entry.again = again && entry.op !== Op.BEGIN;
    this.#post(entry);
  }

  #post({ op, id, tx, deadline, again, a, b }) {
    const way = this.#way;
    const acked = this.#pending.size === 0 ? id : this.#pending.keys().next().value;
    if (op > Op.RUN) return way.post([op, id, acked, tx, deadline, again, a, b]);
    const known = this.#statements.numberOf(a);
    if (known !== undefined) return way.post([op, id, acked, tx, deadline, again, known, b]);
    const number = this.#statements.nextFor(a);
    way.post([op, id, acked, tx, deadline, again, a, b, number]);
    // Not before: what can't be cloned has not been sent.
    if (number !== undefined) this.#statements.keep(a, number);
  }

  /** The leader keeps no text under the number, and has done nothing. */
  #sendText(entry) {
    if (entry.reason !== undefined) return this.#give(entry, entry.reason);
    this.#statements.forget();
    this.#post(entry);
  }

  /**
   * Sends a call; resolves to its answer `[id, 0, …]`, or to what `finish` makes of that.
   * @param {number} op
   * @param {any} [a]
   * @param {any} [b]
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @param {{ tx?: number, epoch?: number | null, finish?: Finish }} [how]
   * @returns {Promise<any>}
   */
  call(op, a, b, options, { tx = 0, epoch = null, finish } = {}) {
    const way = this.#way;
    if (way.state === "closed") return Promise.reject(closedError());
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (way.outdated) return Promise.reject(outdatedError(way.outdated));
    if (op === Op.NEXT && epoch !== way.epoch) return Promise.reject(snapshotLost());
    // A transaction is bound to the leader that began it; only COMMIT is worth a question to the next one.
    if (tx !== 0 && epoch !== way.epoch && op !== Op.COMMIT) return Promise.reject(transactionLost());
    // A number would stand for another statement's text.
    if (op <= Op.RUN && typeof a !== "string")
      return Promise.reject(new DatabaseError("parameter", `the SQL has to be a string, not ${typeof a}`));
    const timeout = options?.timeout ?? this.#settings.timeout;
    const now = Date.now();
    const deadline = timeout ? now + timeout : 0;
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      /** @type {Entry} */
      const entry = { id, op, a, b, tx, deadline, sent: 0, again: false, epoch, finish, resolve, reject, signal };
      // First: what follows is done while the leader's thread wakes up. A value that can't be sent throws.
      if (way.state === "ready" || way.state === "unresponsive") this.#send(entry);
      this.#pending.set(id, entry);
      this.#pulse.start(deadline, now);
      if (signal) {
        entry.aborted = () => this.#abort(entry);
        signal.addEventListener("abort", entry.aborted);
      }
    });
  }

  /** Tells the leader something that has no answer. */
  tell(op, a) {
    if (this.#way.state !== "closed") this.#way.post([op, PULSE, 0, 0, 0, false, a]);
  }

  /** The answer to a call has come. */
  settle(id, answer) {
    // Also of an answer that nobody waits for any more: the leader says them once.
    if (answer.length > 4 && Array.isArray(answer[4])) this.#columns[answer[2]] = answer[4];
    const entry = this.#pending.get(id);
    if (!entry) return;
    if (answer[1] === 1 && answer[2] === "unknown_statement") return this.#sendText(entry);
    this.#remove(entry);
    if (answer[1] === 0) finished(entry, answer, this.#columns);
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
    if (entry.sent > 0) this.tell(Op.CANCEL, entry.id);
    if (entry.sent === 0 || reads(entry)) return this.#give(entry, entry.reason);
    // Of a write the leader knows what became of it. A leader that is silent is not waited for.
    const soon = Date.now() + this.#settings.unresponsiveAfter;
    entry.deadline = entry.deadline ? Math.min(entry.deadline, soon) : soon;
    this.#pulse.start(entry.deadline);
  }

  /** Regularly, while calls wait: `silent` are the milliseconds since the leader was last heard, beyond its time to answer. */
  #beat(silent) {
    const now = Date.now();
    const deaf = silent > this.#settings.unresponsiveAfter;
    let next = 0;
    for (const entry of [...this.#pending.values()]) {
      if (!entry.deadline) continue;
      // The leader's own word on a deadline is better: it knows whether the call was begun.
      const grace = entry.sent > 0 && !deaf ? 150 : 0;
      if (now >= entry.deadline + grace) this.#giveUp(entry, deaf || this.#way.state === "connecting");
      else if (!next || entry.deadline + grace < next) next = entry.deadline + grace;
    }
    this.#way.unheard(silent);
    return { goOn: this.#pending.size > 0 || deaf, next };
  }

  #giveUp(entry, deaf) {
    if (entry.sent > 0) this.tell(Op.CANCEL, entry.id);
    if (entry.reason !== undefined) return this.#give(entry, entry.reason);
    const outcome = outcomeOf(entry);
    const code = deaf ? "leader_unresponsive" : "timeout";
    const what = deaf ? `the deadline passed, and ${silence}` : "the deadline passed before the answer came";
    this.#give(entry, new DatabaseError(code, what, { outcome }));
  }

  /** The way's `outdated` is set. */
  outdate() {
    const { outdated, epoch } = this.#way;
    for (const entry of [...this.#pending.values()])
      this.#give(entry, outdatedError(outdated, entry.epoch === epoch ? "none" : outcomeOf(entry)));
  }

  failAll(code, message) {
    for (const entry of [...this.#pending.values()])
      this.#give(entry, new DatabaseError(code, message, { outcome: outcomeOf(entry) }));
  }

  /** Resolves when all calls that are under way are settled. */
  async drained() {
    const settled = [...this.#pending.values()].map(
      (entry) =>
        new Promise((resolve) => {
          const { resolve: accept, reject } = entry;
          entry.resolve = (answer) => resolve(accept(answer));
          entry.reject = (error) => resolve(reject(error));
        }),
    );
    await Promise.all(settled);
  }

  /** Fails what is left, for good. */
  closeAll() {
    for (const entry of [...this.#pending.values()]) this.#give(entry, closedError(outcomeOf(entry)));
    this.#pulse.stop();
  }
}
