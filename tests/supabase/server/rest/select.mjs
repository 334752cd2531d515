/**
 * Parses `select`: columns, aliases, casts, JSON paths, aggregates, embedded and spread resources.
 *
 * @typedef {{ kind: "star" }} Star
 * @typedef {{ kind: "field", name: string, path: object[], alias?: string, cast?: string, aggregate?: string, outerCast?: string }} Field
 * @typedef {{ kind: "embed", name: string, alias?: string, hint?: string, join?: "inner" | "left", spread: boolean, items: Item[] }} Embed
 * @typedef {Star | Field | Embed} Item
 */
import { Scanner } from "./scanner.mjs";

const AGGREGATES = new Set(["count", "sum", "avg", "min", "max"]);
const MAX_DEPTH = 16;

/** @returns {Item[]} */
export function parseSelect(text) {
  const scanner = new Scanner(text, "select parameter");
  scanner.space();
  if (scanner.done) return [{ kind: "star" }];
  const items = list(scanner, 0);
  if (!scanner.done) throw scanner.fail('"," or end of input');
  return items;
}

function list(scanner, depth) {
  if (depth > MAX_DEPTH) throw scanner.fail("less nesting");
  const items = [];
  do {
    items.push(item(scanner, depth));
    scanner.space();
  } while (scanner.accept(","));
  return items;
}

function item(scanner, depth) {
  scanner.space();
  if (scanner.accept("*")) return { kind: "star" };
  const spread = scanner.accept("...");
  if (!spread && scanner.accept("count()"))
    return finish(scanner, { kind: "field", name: "*", path: [], aggregate: "count" });
  let name = scanner.name();
  let alias;
  if (scanner.at(":") && !scanner.at("::")) {
    scanner.accept(":");
    alias = name;
    if (scanner.accept("count()"))
      return finish(scanner, { kind: "field", name: "*", path: [], alias, aggregate: "count" });
    name = scanner.name();
  }
  let hint;
  let join;
  while (scanner.accept("!")) {
    const word = scanner.name();
    if (word === "inner" || word === "left") join = word;
    else hint = word;
  }
  if (scanner.accept("(")) {
    scanner.space();
    const items = scanner.at(")") ? [] : list(scanner, depth + 1);
    scanner.expect(")");
    return { kind: "embed", name, alias, hint, join, spread, items };
  }
  if (spread || hint || join) throw scanner.fail('"("');
  const path = scanner.jsonPath();
  return finish(scanner, { kind: "field", name, path, alias });
}

function finish(scanner, field) {
  if (!field.aggregate && scanner.accept("::")) field.cast = castName(scanner);
  if (!field.aggregate && scanner.at(".")) {
    scanner.accept(".");
    const aggregate = scanner.match(/[a-z]+/y)?.[0];
    if (!AGGREGATES.has(aggregate)) throw scanner.fail('"sum", "avg", "count", "max" or "min"');
    scanner.expect("()");
    field.aggregate = aggregate;
  }
  if (field.aggregate && scanner.accept("::")) field.outerCast = castName(scanner);
  return field;
}

/** Only words: a cast goes into the statement as it is, since a type can't be bound. */
function castName(scanner) {
  const found = scanner.match(/[A-Za-z_][A-Za-z0-9_]*(?: [A-Za-z_][A-Za-z0-9_]*)*(?:\[\])?/y);
  if (!found) throw scanner.fail("type name");
  return found[0];
}

/** The key under which an item appears in a row. */
export function outputName(item) {
  if (item.alias) return item.alias;
  if (item.aggregate) return item.aggregate;
  if (item.kind === "field" && item.path.length > 0) {
    const named = item.path.findLast((step) => typeof step.key === "string");
    return named ? named.key : item.name;
  }
  return item.name;
}
