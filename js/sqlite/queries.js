// The calls that a database and a transaction have in common.
import { DatabaseError } from "./error.js";
import { Op } from "./op.js";
import { blockOf, firstOf, parametersOf, rowsOf } from "./pack.js";

const ran = (changes, lastInsertRowid) => ({ changes, lastInsertRowid });

// What becomes of an answer, as calls take it.
const first = { finish: (answer, columns) => firstOf(columns[answer[2]], answer[3]) };
const all = { finish: (answer, columns) => rowsOf(columns[answer[2]], answer[3], false) };
const values = {
  finish: (answer, columns) => ({
    columns: [...columns[answer[2]]],
    rows: rowsOf(columns[answer[2]], answer[3], true),
  }),
};
const done = { finish: (answer) => ran(answer[2], answer[3]) };

/** A statement of a batch as it travels. */
function itemOf(statement) {
  if (typeof statement === "string") return [2, statement];
  if (!statement || typeof statement.sql !== "string")
    throw new DatabaseError("parameter", "a statement of a batch is a string, { sql, params } or { sql, rows }");
  const { sql, rows, params } = statement;
  if (rows === undefined) return [0, sql, parametersOf(params)];
  // Nothing to run for.
  if (rows.length === 0) return [2, ""];
  return [1, sql, blockOf(rows), rows[0].length];
}

export class Queries {
  /** @param {(op: number, a?: any, b?: any, options?: any, how?: any) => Promise<any>} call */
  constructor(call) {
    this.call = call;
  }

  async exec(sql, options) {
    await this.call(Op.BATCH, [[2, sql]], undefined, options);
  }

  // Not async, like most of what is called often: each promise on the way costs as much as reading a row.
  #ask(op, sql, parameters, options, how) {
    try {
      return this.call(op, sql, parametersOf(parameters), options, how);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  get(sql, parameters, options) {
    return this.#ask(Op.GET, sql, parameters, options, first);
  }

  all(sql, parameters, options) {
    return this.#ask(Op.ALL, sql, parameters, options, all);
  }

  values(sql, parameters, options) {
    return this.#ask(Op.ALL, sql, parameters, options, values);
  }

  run(sql, parameters, options) {
    return this.#ask(Op.RUN, sql, parameters, options, done);
  }

  async batch(statements, options) {
    const items = statements.map(itemOf);
    if (items.length === 0) return [];
    const answer = await this.call(Op.BATCH, items, undefined, options);
    return items.map((_, index) => ran(answer[2][index * 2], answer[2][index * 2 + 1]));
  }
}
