/**
 * Parses horizontal filters: `column=op.value` and the logic trees `or=(…)`, `and=(…)`.
 *
 * @typedef {{ name: string, path: object[] }} FieldRef
 * @typedef {{ kind: "filter", field: FieldRef, negate: boolean, op: string, quantifier?: string, language?: string, value: string, list?: string[] }} Filter
 * @typedef {{ kind: "logic", op: "and" | "or", negate: boolean, children: (Filter | Logic)[] }} Logic
 */
import { Scanner } from "./scanner.mjs";

const QUANTIFIABLE = new Set(["eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch"]);
const SIMPLE = new Set(["neq", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "isdistinct"]);
const FULL_TEXT = new Set(["fts", "plfts", "phfts", "wfts"]);
const IS_VALUES = new Set(["null", "not_null", "true", "false", "unknown"]);
const MAX_DEPTH = 32;
const EXPECTED = "operator (eq, gt, ...)";

/** Parses the left side `column->path`. */
export function parseField(text) {
  const scanner = new Scanner(text, "filter column");
  const field = { name: scanner.name(), path: scanner.jsonPath() };
  if (!scanner.done) throw scanner.fail('"->" or end of input');
  return field;
}

/** Parses the right side `not.op(modifier).value`. @returns {Filter} */
export function parseFilter(field, text) {
  const scanner = new Scanner(text, "filter");
  const filter = operator(scanner, field);
  if (filter.op === "in") {
    filter.list = list(scanner);
    if (!scanner.done) throw scanner.fail("end of input");
  } else {
    filter.value = scanner.text.slice(scanner.position);
    checkIs(scanner, filter);
  }
  return filter;
}

function operator(scanner, field) {
  const negate = scanner.accept("not.");
  const op = scanner.match(/[a-z]+/y)?.[0];
  const filter = { kind: "filter", field, negate, op, value: "" };
  if (QUANTIFIABLE.has(op)) {
    const found = scanner.match(/\((any|all)\)/y);
    if (found) filter.quantifier = found[1];
  } else if (FULL_TEXT.has(op)) {
    const found = scanner.match(/\(([A-Za-z0-9_]+)\)/y);
    if (found) filter.language = found[1];
  } else if (!SIMPLE.has(op) && op !== "in" && op !== "is") {
    scanner.position = negate ? 4 : 0;
    throw scanner.fail(EXPECTED);
  }
  if (!scanner.accept(".")) throw scanner.fail('"."');
  return filter;
}

function checkIs(scanner, filter) {
  if (filter.op !== "is") return;
  filter.value = filter.value.toLowerCase();
  if (!IS_VALUES.has(filter.value)) throw scanner.fail("null, not_null, true, false or unknown");
}

/** `(1,2,"a,b")`: a quoted element keeps its commas. */
function list(scanner) {
  scanner.space();
  scanner.expect("(");
  if (scanner.accept(")")) return [];
  const values = [];
  do values.push(element(scanner));
  while (scanner.accept(","));
  scanner.expect(")");
  scanner.space();
  return values;
}

/** A value that ends at a comma or a closing parenthesis. Quotes count only around the whole value. */
function element(scanner) {
  const start = scanner.position;
  if (scanner.at('"')) {
    try {
      const value = scanner.quoted();
      if (scanner.done || scanner.at(",") || scanner.at(")")) return value;
    } catch {
      // An unbalanced quote is an ordinary character.
    }
    scanner.position = start;
  }
  return scanner.match(/[^,)]*/y)[0];
}

/** Parses `(a.eq.1,not.and(b.gt.2,c.is.null))`. @returns {Logic} */
export function parseLogic(op, negate, text) {
  const scanner = new Scanner(text, "logic tree");
  const tree = { kind: "logic", op, negate, children: children(scanner, 0) };
  if (!scanner.done) throw scanner.fail("end of input");
  return tree;
}

function children(scanner, depth) {
  if (depth > MAX_DEPTH) throw scanner.fail("less nesting");
  scanner.space();
  scanner.expect("(");
  const nodes = [];
  do {
    scanner.space();
    nodes.push(node(scanner, depth));
    scanner.space();
  } while (scanner.accept(","));
  scanner.expect(")");
  return nodes;
}

function node(scanner, depth) {
  const found = scanner.match(/(not\.)?(and|or)(?=\s*\()/y);
  if (found) {
    return { kind: "logic", op: found[2], negate: Boolean(found[1]), children: children(scanner, depth + 1) };
  }
  const field = { name: scanner.name(), path: scanner.jsonPath() };
  scanner.expect(".");
  const filter = operator(scanner, field);
  if (filter.op === "in") filter.list = list(scanner);
  else {
    filter.value = scanner.at("{") ? array(scanner) : element(scanner);
    checkIs(scanner, filter);
  }
  return filter;
}

/** A Postgres array or a JSON object: commas inside the braces belong to it. */
function array(scanner) {
  const start = scanner.position;
  let depth = 0;
  let quoted = false;
  for (; !scanner.done; scanner.position += 1) {
    const char = scanner.text[scanner.position];
    if (char === "\\") scanner.position += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === "{") depth += 1;
    else if (!quoted && char === "}" && --depth === 0) {
      scanner.position += 1;
      return scanner.text.slice(start, scanner.position);
    }
  }
  throw scanner.fail('"}"');
}
