// Renders what a database answered as SQL Logic Test files spell it.
import { createHash } from "node:crypto";

function integer(value) {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "number") return `${BigInt(Math.trunc(value))}`;
  return /^\s*[+-]?\d+/.exec(value)?.[0].trim() ?? "0";
}

function text(value) {
  const plain = value instanceof Uint8Array ? new TextDecoder().decode(value) : `${value}`;
  return plain === "" ? "(empty)" : plain.replace(/[^ -~]/g, "@");
}

/** One value: integers whole, reals with three places, text with `@` for what isn't printable ASCII. */
export function render(value, type) {
  if (value === null) return "NULL";
  if (type === "I") return integer(value);
  if (type === "R") return Number(value).toFixed(3);
  return text(value);
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** All values of `rows` (arrays) in the record's order, or one line with their hash if they are more than its threshold. */
export function resultLines({ types, sort, threshold }, rows) {
  for (const row of rows)
    if (row.length !== types.length) throw new Error(`expected ${types.length} columns, got ${row.length}`);
  const rendered = rows.map((row) => row.map((value, at) => render(value, types[at])));
  if (sort === "rowsort") rendered.sort((a, b) => compare(a.join("\u0000"), b.join("\u0000")));
  const values = rendered.flat();
  if (sort === "valuesort") values.sort(compare);
  if (threshold === 0 || values.length <= threshold) return values;
  const hash = createHash("md5");
  for (const value of values) hash.update(`${value}\n`);
  return [`${values.length} values hashing to ${hash.digest("hex")}`];
}
