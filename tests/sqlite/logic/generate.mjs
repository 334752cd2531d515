// Makes records from a seed, in the manner of the random half of SQLite's own suite; Node's SQLite fills in the results.
import { Random } from "../chaos/random.mjs";
import { Native } from "./native.mjs";
import { resultLines } from "./results.mjs";

const COLUMNS = ["a", "b", "c", "d", "e"];
const COMPARE = ["=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT"];

class Maker {
  constructor(random) {
    this.random = random;
    this.next = 1;
  }

  column() {
    return this.random.one(COLUMNS);
  }

  literal() {
    return this.random.one([
      () => `${this.random.from(-50, 150)}`,
      () => `${this.random.from(-500, 1500)}.${this.random.below(4) * 25}`,
      () => "NULL",
      () => `'t${this.random.below(30)}'`,
      () => `${9007199254740990n + BigInt(this.random.below(9))}`,
    ])();
  }

  /** A value; `depth` bounds how far it nests. */
  value(depth) {
    if (depth === 0) return this.random.below(3) > 0 ? this.column() : `${this.random.from(-20, 120)}`;
    const inner = () => this.value(depth - 1);
    return this.random.one([
      () => `(${inner()} ${this.random.one(["+", "-", "*"])} ${inner()})`,
      () => `(${inner()} ${this.random.one(["/", "%"])} ${this.random.from(2, 9)})`,
      () => `coalesce(${inner()}, ${inner()})`,
      () => `abs(${this.column()})`,
      () => `CASE WHEN ${this.condition(depth - 1)} THEN ${inner()} ELSE ${inner()} END`,
      () => `CASE ${this.column()} WHEN ${inner()} THEN ${inner()} WHEN ${inner()} THEN 222 END`,
      () =>
        `(SELECT ${this.random.one(["count(*)", "max(y.a)", "min(y.b)"])} FROM t AS y WHERE y.c ${this.random.one(["<", ">"])} t.${this.column()})`,
      () => `nullif(${inner()}, ${inner()})`,
      () => `length(${inner()})`,
      () => `max(${inner()}, ${inner()})`,
    ])();
  }

  condition(depth) {
    const inner = () => this.value(Math.max(0, depth - 1));
    const both = () => [this.condition(depth - 1), this.condition(depth - 1)];
    const kinds = [
      () => `${inner()} ${this.random.one(COMPARE)} ${inner()}`,
      () => `${this.column()} BETWEEN ${this.random.from(0, 60)} AND ${this.random.from(40, 120)}`,
      () => `${this.column()} IN (${this.literal()}, ${this.literal()}, ${this.column()})`,
      () => `${this.column()} IS ${this.random.one(["", "NOT "])}NULL`,
      () => `EXISTS (SELECT 1 FROM t AS z WHERE z.${this.column()} < t.${this.column()})`,
      () => `${this.column()} NOT IN (SELECT c FROM t WHERE c > ${this.random.from(60, 110)})`,
    ];
    if (depth > 0) {
      kinds.push(() => `(${both().join(" AND ")})`);
      kinds.push(() => `(${both().join(" OR ")})`);
      kinds.push(() => `NOT (${this.condition(depth - 1)})`);
    }
    return this.random.one(kinds)();
  }

  where() {
    return this.random.below(3) > 0 ? ` WHERE ${this.condition(2)}` : "";
  }

  select() {
    const columns = this.random.from(1, 5);
    const values = Array.from({ length: columns }, () => this.value(this.random.from(0, 2)));
    const order = values.map((_, at) => at + 1);
    const tail = this.random.below(2) === 0 ? ` ORDER BY ${order.join(", ")}` : "";
    const sql = `SELECT ${values.join(", ")} FROM t${this.where()}${tail}`;
    return { sql, sort: tail ? "nosort" : this.random.one(["rowsort", "valuesort"]), columns };
  }

  aggregate() {
    const parts = [`count(*)`, `sum(${this.column()})`, `min(${this.value(1)})`, `max(${this.column()})`];
    parts.push(`count(DISTINCT ${this.column()})`);
    const chosen = parts.filter(() => this.random.below(2) === 0);
    if (chosen.length === 0) chosen.push("count(*)");
    const group = this.random.below(2) === 0 ? ` GROUP BY ${this.column()} % ${this.random.from(2, 7)}` : "";
    return {
      sql: `SELECT ${chosen.join(", ")} FROM t${this.where()}${group}`,
      sort: "rowsort",
      columns: chosen.length,
    };
  }

  join() {
    const on = `x.${this.column()} = y.${this.column()}`;
    const kind = this.random.one(["JOIN", "LEFT JOIN", "CROSS JOIN"]);
    const sql = `SELECT x.a, y.b, count(*) FROM t AS x ${kind} t AS y ON ${on} WHERE x.d > ${this.random.from(0, 90)} GROUP BY 1, 2`;
    return { sql, sort: "rowsort", columns: 3 };
  }

  compound() {
    const word = this.random.one(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
    const half = () => `SELECT ${this.column()}, ${this.column()} FROM t${this.where()}`;
    return { sql: `${half()} ${word} ${half()}`, sort: "rowsort", columns: 2 };
  }

  change() {
    return this.random.one([
      () => `INSERT INTO t (a, b, c, d, e) VALUES (${COLUMNS.map(() => this.literal()).join(", ")})`,
      () =>
        `UPDATE t SET ${this.column()} = ${this.value(1)} WHERE ${this.condition(1)} AND id % 5 = ${this.random.below(5)}`,
      () => `DELETE FROM t WHERE id % 17 = ${this.random.below(17)} AND ${this.condition(1)}`,
      () =>
        `INSERT INTO t (a, b, c, d, e) SELECT e, d, c, b, a FROM t WHERE id % 11 = ${this.random.below(11)} ORDER BY id LIMIT 2`,
    ])();
  }

  index() {
    const unique = [this.column(), this.column()];
    return `CREATE INDEX i${this.next++} ON t (${[...new Set(unique)].join(", ")})`;
  }
}

/** `count` records whose results Node's SQLite gave; a statement that it refuses must be refused. */
export async function generate(seed, count) {
  const random = new Random(seed);
  const maker = new Maker(random);
  const native = new Native();
  const records = [];
  const add = async (record) => {
    const [{ rows, error }] = await native.answer([record]);
    const line = records.length + 1;
    if (record.kind === "statement") records.push({ ...record, fails: error !== undefined, line });
    // Overflow and the like: an error of the query itself, which is the other suite's matter.
    else if (error === undefined) records.push({ ...record, line, expected: resultLines(record, rows) });
  };
  await add({
    kind: "statement",
    sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d REAL, e TEXT)",
  });
  for (let at = 0; at < 30; at++) {
    const row = COLUMNS.map(() => (random.below(12) === 0 ? "NULL" : random.from(0, 110)));
    await add({ kind: "statement", sql: `INSERT INTO t (a, b, c, d, e) VALUES (${row.join(", ")})` });
  }
  while (records.length < count) {
    const kind = random.weighted({ select: 50, aggregate: 20, join: 8, compound: 8, change: 12, index: 2 });
    if (kind === "change" || kind === "index") {
      await add({ kind: "statement", sql: maker[kind]() });
      continue;
    }
    const { sql, sort, columns } = maker[kind]();
    const types = Array.from({ length: columns }, () => random.one(["I", "R"])).join("");
    await add({ kind: "query", sql, sort, types, threshold: 20 });
  }
  native.close();
  return records;
}
