// Node's own SQLite, which says what is right.
import { DatabaseSync } from "node:sqlite";

/** An empty in-memory database that answers records as the page does: `{rows}`, or `{error}`. */
export class Native {
  #db = new DatabaseSync(":memory:");

  #one({ kind, sql }) {
    try {
      if (kind === "statement") {
        this.#db.exec(sql);
        return {};
      }
      const statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return { rows: statement.all() };
    } catch (error) {
      return { error: error.message };
    }
  }

  async answer(records) {
    return records.map((record) => this.#one(record));
  }

  close() {
    this.#db.close();
  }
}
