// The texts that the leader keeps for this client, by number: after the first time a statement's number stands for its text.

/** Numbers that there are; crates/sqlite/src/sql.rs has the same. */
const most = 256;

/** UTF-16 units of a text that is kept, at most. */
const longest = 1000;

export class Statements {
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /** The number of a text that the leader has; undefined for others. */
  numberOf(sql) {
    return this.#numbers.get(sql);
  }

  /** A number for a text that it is going to have; undefined for one that isn't worth it. */
  nextFor(sql) {
    if (sql.length > longest) return undefined;
    // Who has so many has them for one time each: no bookkeeping about which is used.
    if (this.#numbers.size === most) this.#numbers.clear();
    return this.#numbers.size;
  }

  /** The leader has been sent the text with the number. */
  keep(sql, number) {
    this.#numbers.set(sql, number);
  }

  /** There is another leader, or one that knows nothing: numbers start anew. */
  forget() {
    this.#numbers.clear();
  }
}
