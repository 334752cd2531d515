// The calls that a database and a transaction have in common.
import { DatabaseError } from "./error.js";
import { Op } from "./op.js";
import { blockOf, parametersOf, rowsOf } from "./pack.js";

/** Whether a statement surely only reads. The leader knows for all; this is for what a call that is given up may have done. */
const reads = (sql) => /^\s*(select|values|explain|pragma)\b/i.test(sql);

const ran = (changes, lastInsertRowid) => ({ changes, lastInsertRowid });

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
  /** @param {(op: number, a?: any, b?: any, options?: any, how?: any) => Promise<any[]>} call */
  constructor(call) {
    this.call = call;
  }

  async exec(sql, options) {
    await this.call(Op.BATCH, [[2, sql]], undefined, options);
  }

  async get(sql, parameters, options) {
    const answer = await this.call(Op.GET, sql, parametersOf(parameters), options, { reads: reads(sql) });
    return rowsOf(answer[2], answer[3], false)[0];
  }

  async all(sql, parameters, options) {
    const answer = await this.call(Op.ALL, sql, parametersOf(parameters), options, { reads: reads(sql) });
    return rowsOf(answer[2], answer[3], false);
  }

  async values(sql, parameters, options) {
    const answer = await this.call(Op.ALL, sql, parametersOf(parameters), options, { reads: reads(sql) });
    return { columns: answer[2], rows: rowsOf(answer[2], answer[3], true) };
  }

  async run(sql, parameters, options) {
    const answer = await this.call(Op.RUN, sql, parametersOf(parameters), options);
    return ran(answer[2], answer[3]);
  }

  async batch(statements, options) {
    const items = statements.map(itemOf);
    if (items.length === 0) return [];
    const answer = await this.call(Op.BATCH, items, undefined, options);
    return items.map((_, index) => ran(answer[2][index * 2], answer[2][index * 2 + 1]));
  }
}
