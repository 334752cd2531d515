// A page's calls without an answer: what each asks, who waits for it, and what that hears in the end.
import { failureOf } from "./error.js";

/** @typedef {(answer: any[], columns: string[][]) => any} Finish hears the columns' names by their numbers, too */

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

export class Entries {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** @type {string[][]} names of columns by the number that the leader gave them */
  #columns = [];

  /** @param {Entry} entry */
  add(entry) {
    this.#entries.set(entry.id, entry);
    entry.signal?.addEventListener("abort", entry.aborted);
  }

  get(id) {
    return this.#entries.get(id);
  }

  /** All ids there are. */
  ids() {
    return [...this.#entries.keys()];
  }

  /** Takes a call out; undefined if it is gone: a tab that has fallen may still have a timer that speaks of it. */
  take(id) {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    // A page may keep one signal for all that it ever asks.
    entry.signal?.removeEventListener("abort", entry.aborted);
    return entry;
  }

  /** Keeps the names of columns, which the leader says once. */
  learn(number, names) {
    this.#columns[number] = names;
  }

  /** The call has what it asked for. */
  finish(id, answer) {
    const entry = this.take(id);
    if (entry === undefined) return;
    const { finish } = entry;
    try {
      entry.resolve(finish ? finish(answer, this.#columns) : answer);
    } catch (error) {
      // Rows that don't fit into the page's memory.
      entry.reject(error);
    }
  }

  /** The leader has refused the call. */
  refuse(id, answer) {
    const entry = this.take(id);
    if (entry) failureOf(answer).then(entry.reject);
  }

  /** The call has failed on this side. */
  reject(id, error) {
    this.take(id)?.reject(error);
  }

  /** The call has failed because its caller took it back. */
  takeBack(id) {
    const entry = this.take(id);
    entry?.reject(entry.signal.reason);
  }
}
