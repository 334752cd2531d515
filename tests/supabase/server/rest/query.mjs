/**
 * Takes the query string apart: what belongs to the root, to an embedded resource, or to a function's arguments.
 *
 * @typedef {{ path: string[], filters: object[], order: object[], limit?: number, offset: number }} Scope
 */
import { RestError } from "./errors.mjs";
import { parseField, parseFilter, parseLogic } from "./filter.mjs";
import { parseOrder } from "./order.mjs";
import { Scanner } from "./scanner.mjs";
import { parseSelect } from "./select.mjs";

/** Splits `a.b.column->>x.y` at the dots before the JSON path, respecting quotes. */
function splitKey(key) {
  const parts = [];
  const scanner = new Scanner(key, "query parameter");
  let start = 0;
  while (!scanner.done && !scanner.at("->")) {
    if (scanner.at('"')) scanner.quoted();
    else if (scanner.accept(".")) {
      parts.push(key.slice(start, scanner.position - 1));
      start = scanner.position;
    } else scanner.position += 1;
  }
  parts.push(key.slice(start));
  return parts;
}

const unquote = (part) => (part.startsWith('"') ? new Scanner(part, "query parameter").quoted() : part);

function whole(name, text) {
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new RestError(400, "PGRST100", `"failed to parse ${name} (${text})" (line 1, column 1)`, {
      details: "expecting a whole number",
    });
  }
  const value = Number(text);
  if (value < 0) {
    throw new RestError(416, "PGRST103", "Requested range not satisfiable", {
      details: `${name === "limit" ? "Limit" : "Offset"} should be greater than or equal to zero.`,
    });
  }
  return value;
}

/**
 * Parses the whole query string.
 *
 * @param {URLSearchParams} params
 * @param {(name: string) => boolean} [isArgument] names that are arguments of the called function
 */
export function parseQuery(params, isArgument = () => false) {
  const query = { select: [{ kind: "star" }], hasSelect: false, columns: undefined, onConflict: undefined, args: [] };
  /** @type {Map<string, Scope>} */
  const scopes = new Map();
  const scope = (path) => {
    const id = JSON.stringify(path);
    if (!scopes.has(id)) scopes.set(id, { path, filters: [], order: [], limit: undefined, offset: 0 });
    return scopes.get(id);
  };
  scope([]);
  for (const [key, value] of params) {
    if (key === "apikey") continue;
    if (key === "select") {
      query.select = parseSelect(value);
      query.hasSelect = true;
    } else if (key === "columns") query.columns = names(value, "columns parameter");
    else if (key === "on_conflict") query.onConflict = names(value, "on_conflict parameter");
    else if (isArgument(key)) query.args.push([key, value]);
    else scoped(scope, key, value);
  }
  query.scopes = [...scopes.values()];
  query.root = scope([]);
  return query;
}

function names(text, what) {
  const scanner = new Scanner(text, what);
  const found = [];
  do found.push(scanner.name());
  while (scanner.accept(","));
  if (!scanner.done) throw scanner.fail('","');
  return found;
}

function scoped(scope, key, value) {
  const parts = splitKey(key);
  const last = parts.pop();
  if (last === "order") scope(parts.map(unquote)).order = parseOrder(value);
  else if (last === "limit") scope(parts.map(unquote)).limit = whole("limit", value);
  else if (last === "offset") scope(parts.map(unquote)).offset = whole("offset", value);
  else if (last === "and" || last === "or") {
    const negate = parts.at(-1) === "not";
    if (negate) parts.pop();
    scope(parts.map(unquote)).filters.push(parseLogic(last, negate, value));
  } else scope(parts.map(unquote)).filters.push(parseFilter(parseField(last), value));
}
