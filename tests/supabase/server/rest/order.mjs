/**
 * Parses `order`: `column.desc.nullslast`, `column->path`, `embedded(column).asc`.
 *
 * @typedef {{ field: { name: string, path: object[] }, relation?: string, direction?: "asc" | "desc", nulls?: "first" | "last" }} OrderTerm
 */
import { Scanner } from "./scanner.mjs";

/** @returns {OrderTerm[]} */
export function parseOrder(text) {
  const scanner = new Scanner(text, "order");
  const terms = [];
  do terms.push(term(scanner));
  while (scanner.accept(","));
  if (!scanner.done) throw scanner.fail('"," or end of input');
  return terms;
}

function term(scanner) {
  let name = scanner.name();
  let relation;
  let path;
  if (scanner.accept("(")) {
    relation = name;
    name = scanner.name();
    path = scanner.jsonPath();
    scanner.expect(")");
  } else {
    path = scanner.jsonPath();
  }
  const result = { field: { name, path }, relation };
  while (scanner.accept(".")) {
    const word = scanner.match(/[a-z]+/y)?.[0];
    if ((word === "asc" || word === "desc") && !result.direction && !result.nulls) result.direction = word;
    else if ((word === "nullsfirst" || word === "nullslast") && !result.nulls) result.nulls = word.slice(5);
    else throw scanner.fail('"asc", "desc", "nullsfirst" or "nullslast"');
  }
  return result;
}
