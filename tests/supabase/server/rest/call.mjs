/** GET, HEAD and POST on `/rpc/{function}`. */
import { identifier, Parameters } from "../sql.mjs";
import { checkAffected, RESPONSE_COLUMNS, withGuc, withPreferences } from "./answer.mjs";
import { RestError } from "./errors.mjs";
import { buildPlan } from "./plan.mjs";
import { parseQuery } from "./query.mjs";
import { readPlan } from "./read.mjs";
import { asCaller } from "./session.mjs";
import { closest } from "./suggestion.mjs";

const RESERVED = new Set([
  "select",
  "order",
  "limit",
  "offset",
  "and",
  "or",
  "not.and",
  "not.or",
  "columns",
  "on_conflict",
  "apikey",
]);

/** Calls the function of that name whose parameters fit the arguments. */
export async function callFunction(server, request, name) {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD" && method !== "POST") {
    throw new RestError(405, "PGRST101", `Cannot use the ${method} method on RPC`);
  }
  const given = method === "POST" ? bodyArguments(request) : queryArguments(request);
  const fn = choose(server.catalog, request.schema, name, given);
  const isArgument = (key) => method !== "POST" && fn.args.some((argument) => argument.name === key);
  const query = parseQuery(request.params, isArgument);
  const parameters = new Parameters();
  const call = callSql(fn, given, parameters);
  request.readOnly = method !== "POST" || fn.volatility !== "v";
  const table = fn.return_table ? server.catalog.tableByOid(fn.return_table) : undefined;
  if (!returnsRows(fn)) return callScalar(server, request, call, parameters, fn);
  const plan = buildPlan(server.catalog, name, table, query);
  const answer = await readPlan(server, request, plan, `${call} AS ${identifier(plan.alias)}`, parameters, {
    call: true,
    volatile: fn.volatility === "v",
  });
  // A function that returns one row, not a set, answers with the object itself.
  if (!fn.returns_set && !request.format.single && !request.format.csv && answer.body.startsWith("[")) {
    answer.body = answer.body.trim().slice(1, -1) || "null";
  }
  return answer;
}

/** Rows with columns, as opposed to scalars. */
function returnsRows(fn) {
  if (fn.return_type === "void") return false;
  if (fn.return_kind === "c" || fn.outputs.length > 1) return true;
  return fn.outputs.length === 1 && fn.outputs[0].mode === "t";
}

function bodyArguments({ body, contentType }) {
  if (contentType !== "application/json") {
    if (contentType === "application/x-www-form-urlencoded") {
      const values = new Map([...new URLSearchParams(body)].map(([key, value]) => [key, [value]]));
      return { names: [...values.keys()], values };
    }
    return { names: [], body, contentType };
  }
  if (body.trim() === "") return { names: [], body: "{}" };
  let parsed;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new RestError(400, "PGRST102", "Empty or invalid json");
  }
  const plain = parsed !== null && typeof parsed === "object" && !Array.isArray(parsed);
  return { names: plain ? Object.keys(parsed) : [], body, unnamedOnly: !plain };
}

function queryArguments({ params }) {
  const values = new Map();
  for (const [key, value] of params) {
    if (RESERVED.has(key)) continue;
    if (!values.has(key)) values.set(key, []);
    values.get(key).push(value);
  }
  return { names: [...values.keys()], values, fromQuery: true };
}

const unnamed = (fn) =>
  fn.args.length === 1 && fn.args[0].name === "" && ["json", "jsonb", "text"].includes(fn.args[0].type);

/** Resolves overloads as PostgREST does: by the set of argument names. */
function choose(catalog, schema, name, given) {
  const candidates = catalog.functions(schema, name);
  const fits = (fn) => {
    const known = new Set(fn.args.map((argument) => argument.name));
    const required = fn.args.filter((argument) => !argument.optional);
    if (!required.every((argument) => argument.name !== "" && given.names.includes(argument.name))) return false;
    // In a GET, what is no parameter may be a filter on the result.
    if (given.fromQuery) return given.names.every((key) => known.has(key) || returnsRows(fn));
    return given.names.every((key) => known.has(key));
  };
  let matching = given.unnamedOnly || given.contentType ? [] : candidates.filter(fits);
  if (given.fromQuery && matching.length > 1) {
    const covered = (fn) => fn.args.filter((argument) => given.names.includes(argument.name)).length;
    const most = Math.max(...matching.map(covered));
    matching = matching.filter((fn) => covered(fn) === most);
  }
  if (matching.length === 0 && given.body !== undefined) matching = candidates.filter(unnamed);
  if (matching.length === 1) return matching[0];
  const signature = `${schema}.${name}${given.names.length > 0 ? `(${[...given.names].sort().join(", ")})` : ""}`;
  if (matching.length > 1) {
    const options = matching.map(
      (fn) => `${schema}.${name}(${fn.args.map((arg) => `${arg.name} => ${arg.type}`).join(", ")})`,
    );
    throw new RestError(
      300,
      "PGRST203",
      `Could not choose the best candidate function between: ${options.join(", ")}`,
      {
        hint: "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
      },
    );
  }
  throw notFound(catalog, schema, name, given, signature, candidates);
}

function notFound(catalog, schema, name, given, signature, candidates) {
  const near = closest(name, catalog.functionNames(schema));
  const shown = candidates[0] ?? (near && catalog.functions(schema, near)[0]);
  const args =
    given.names.length > 0
      ? `with parameter${given.names.length > 1 ? "s" : ""} ${[...given.names].sort().join(", ")}`
      : "without parameters";
  const alternative = given.fromQuery ? "" : " or with a single unnamed json/jsonb parameter";
  const hinted =
    shown &&
    `${schema}.${shown.name}${shown.args.length > 0 ? `(${shown.args.map((arg) => arg.name).join(", ")})` : ""}`;
  return new RestError(
    404,
    "PGRST202",
    `Could not find the function ${signature}${given.names.length > 0 ? "" : " without parameters"} in the schema cache`,
    {
      details: `Searched for the function ${schema}.${name} ${args}${alternative}, but no matches were found in the schema cache.`,
      hint: hinted ? `Perhaps you meant to call the function ${hinted}` : null,
    },
  );
}

/** `"schema"."function"("a" := value, …)`: types come from the catalog, values are bound. */
function callSql(fn, given, parameters) {
  const name = `${identifier(fn.schema)}.${identifier(fn.name)}`;
  if (fn.args.length === 1 && fn.args[0].name === "" && given.body !== undefined) {
    return `${name}(${parameters.bind(given.body)}::${fn.args[0].type})`;
  }
  const used = fn.args.filter((argument) => given.names.includes(argument.name));
  const value = given.values
    ? (argument) => textValue(argument, given.values.get(argument.name), parameters)
    : bodyValue(used, given.body, parameters);
  const args = used.map(
    (argument) => `${argument.variadic ? "VARIADIC " : ""}${identifier(argument.name)} := ${value(argument)}`,
  );
  return `${name}(${args.join(", ")})`;
}

function textValue(argument, values, parameters) {
  if (!argument.variadic) return `CAST(${parameters.bind(values.at(-1))} AS ${argument.type})`;
  return `ARRAY[${values.map((value) => parameters.bind(value)).join(", ")}]::${argument.type}`;
}

function bodyValue(used, body, parameters) {
  if (used.length === 0) return undefined;
  const definition = used.map(({ name, type }) => `${identifier(name)} ${type}`).join(", ");
  const bound = parameters.bind(body);
  return ({ name }) => `(SELECT ${identifier(name)} FROM json_to_record(${bound}::json) AS pgrst_args(${definition}))`;
}

/** A function whose result has no columns: the value itself, an array of values, or nothing. */
async function callScalar(server, request, call, parameters, fn) {
  const { preferences, method, format, schema, readOnly } = request;
  const isVoid = fn.return_type === "void";
  const many = fn.returns_set;
  const body = format.csv
    ? "string_agg(pgrst_scalar::text, E'\\n')"
    : many
      ? "coalesce(json_agg(pgrst_scalar), '[]')::text"
      : "(json_agg(pgrst_scalar) -> 0)::text";
  const sql = isVoid
    ? `SELECT '' AS body, '1' AS page_total, ${RESPONSE_COLUMNS} FROM (SELECT count(*) FROM (SELECT ${call}) _call) _postgrest_t`
    : `WITH pgrst_source AS (SELECT ${call} AS pgrst_scalar)
       SELECT ${body} AS body, count(*)::text AS page_total, ${RESPONSE_COLUMNS} FROM pgrst_source`;
  return asCaller(server, request.caller, { readOnly, schema, timezone: preferences.timezone }, async (connection) => {
    const { rows } = await connection.query(sql, parameters.values);
    const [row] = rows;
    const count = Number(row.page_total);
    checkAffected(preferences, count);
    const nothing = isVoid || (method === "POST" && preferences.return === "minimal");
    const answer = {
      status: nothing ? 204 : 200,
      headers: { "Content-Range": `${count > 0 ? `0-${count - 1}` : "*"}/${preferences.count ? count : "*"}` },
      body: nothing ? "" : (row.body ?? "null"),
    };
    if (!nothing) answer.headers["Content-Type"] = format.type;
    answer.rollback = preferences.tx === "rollback";
    return withPreferences(withGuc(answer, row), preferences, ["count", "tx", "handling", "max-affected", "timezone"]);
  });
}
