/** POST, PATCH, DELETE and PUT on a table. */
import { identifier, Parameters } from "../sql.mjs";
import { checkAffected, readRow, RESPONSE_COLUMNS, renderBody, withGuc, withPreferences } from "./answer.mjs";
import { RestError } from "./errors.mjs";
import { deleteSql, insertSql, updateSql } from "./mutation.mjs";
import { readPayload } from "./payload.mjs";
import { buildPlan } from "./plan.mjs";
import { parseQuery } from "./query.mjs";
import { asCaller } from "./session.mjs";
import { limitSql, selectParts } from "./source.mjs";

const PREFERENCES = ["resolution", "missing", "return", "count", "tx", "handling", "max-affected", "timezone"];

/** Answers a change of `table`. */
export async function writeTable(server, request, table) {
  const { method, preferences, format } = request;
  const query = parseQuery(request.params);
  const plan = buildPlan(server.catalog, table.name, table, query);
  const wanted = preferences.return ?? "minimal";
  const parameters = new Parameters();
  const change = changeSql(request, table, plan, query, parameters);
  // The filters chose the rows that change; what comes back is all of those.
  plan.filters = [];
  const returning = returningSql(table, plan, wanted, method);
  const { select, body } = resultSql(plan, wanted, format);
  const sql = change.none
    ? `SELECT NULL AS total, '0' AS page_total, ${wanted === "representation" && !format.csv ? "'[]'" : "''"} AS body, '0' AS updated, ${RESPONSE_COLUMNS}`
    : `WITH pgrst_source AS (${change.sql} RETURNING ${returning})
       SELECT NULL AS total, (SELECT count(*) FROM pgrst_source)::text AS page_total, ${body} AS body,
         nullif(current_setting('pgrst.updated', true), '') AS updated, ${locationSql(table, wanted, method)} AS location,
         ${RESPONSE_COLUMNS}
       FROM (${select}) _postgrest_t`;
  const options = { readOnly: false, schema: request.schema, timezone: preferences.timezone };
  return asCaller(server, request.caller, options, async (connection) => {
    const result = await connection.query(sql, change.none ? [] : parameters.values);
    const { body: text, count, row } = readRow(result);
    checkAffected(preferences, count);
    const answer = answerFor(request, {
      wanted,
      text,
      count,
      updated: Number(row.updated ?? 0),
      upsert: change.upsert,
      format,
    });
    if (row.location) Object.assign(answer.headers, location(table, row.location));
    answer.rollback = preferences.tx === "rollback";
    return withPreferences(withGuc(answer, row), preferences, PREFERENCES);
  });
}

function changeSql(request, table, plan, query, parameters) {
  const { method, preferences } = request;
  if (method === "DELETE") return deleteSql(table, plan, parameters);
  const payload = readPayload(request, table, query.columns);
  const defaults = preferences.missing === "default";
  if (method === "PATCH") return updateSql(table, plan, payload, parameters);
  if (method === "PUT") {
    checkPut(table, plan, payload);
    plan.limit = undefined;
    return insertSql(table, plan, payload, parameters, { defaults, resolution: "merge-duplicates" });
  }
  return insertSql(table, plan, payload, parameters, {
    defaults,
    resolution: preferences.resolution,
    onConflict: query.onConflict,
  });
}

/** PUT names exactly one row: by its primary key in the URL, with the same values in the body. */
function checkPut(table, plan, payload) {
  if (plan.limit !== undefined || plan.offset > 0) {
    throw new RestError(400, "PGRST114", "limit/offset querystring parameters are not allowed for PUT");
  }
  const filters = plan.filters.filter(
    ({ kind, op, negate, field }) => kind === "filter" && op === "eq" && !negate && field.path.length === 0,
  );
  const keys = new Map(filters.map(({ field, value }) => [field.name, value]));
  const exact = table.primary_key.length > 0 && plan.filters.length === table.primary_key.length;
  if (!exact || !table.primary_key.every((name) => keys.has(name))) {
    throw new RestError(405, "PGRST105", "Filters must include all and only primary key columns with 'eq' operators");
  }
  const [row] = payload.rows;
  if (payload.length !== 1 || !table.primary_key.every((name) => String(row[name]) === keys.get(name))) {
    throw new RestError(400, "PGRST115", "Payload values do not match URL in primary key column(s)");
  }
}

/** The columns that come back: those selected, those that joins and order need, and nothing that wasn't asked for. */
function returningSql(table, plan, wanted, method) {
  const column = (name) => `${identifier(plan.alias)}.${identifier(name)}`;
  if (wanted === "headers-only" && method === "POST" && table.primary_key.length > 0)
    return table.primary_key.map(column).join(", ");
  if (wanted !== "representation") return "1";
  const names = new Set();
  const star = plan.items.some((item) => item.kind === "star" || item.name === "*");
  if (star) for (const { name } of table.columns) names.add(name);
  for (const item of plan.items) if (item.kind === "field" && item.name !== "*") names.add(item.name);
  for (const term of plan.order) if (!term.relation) names.add(term.field.name);
  for (const { relationship } of plan.embeds) {
    const { columns, junction } = relationship;
    for (const name of junction ? junction.source.map((pair) => pair[1]) : columns.map((pair) => pair[0]))
      names.add(name);
  }
  if (names.size === 0) return "1";
  return [...names].map((name) => `${column(name)} AS ${identifier(name)}`).join(", ");
}

function resultSql(plan, wanted, format) {
  if (wanted !== "representation") return { select: "SELECT 1", body: "''" };
  const parts = selectParts(plan, new Parameters(), `pgrst_source AS ${identifier(plan.alias)}`);
  const order = `${parts.group}${parts.order}${limitSql(plan)}`;
  return { select: `SELECT ${parts.columns} ${parts.from}${parts.where}${order}`, body: format.rows };
}

function locationSql(table, wanted, method) {
  if (wanted !== "headers-only" || method !== "POST" || table.primary_key.length === 0) return "NULL";
  const keys = table.primary_key.map((name) => `${identifier(name)}::text`);
  return `(SELECT json_agg(json_build_array(${keys.join(", ")}))::text FROM pgrst_source)`;
}

/** Where the one new row is; there is no place to name for several. */
function location(table, keys) {
  const rows = JSON.parse(keys);
  if (rows.length !== 1) return {};
  const parts = table.primary_key.map((name, index) =>
    [name, `eq.${rows[0][index]}`].map(encodeURIComponent).join("="),
  );
  return { Location: `/${encodeURIComponent(table.name)}?${parts.join("&")}` };
}

function answerFor({ method, preferences }, { wanted, text, count, updated, upsert, format }) {
  const total = preferences.count === undefined ? "*" : String(count);
  const headers = { "Content-Range": method === "PATCH" && count > 0 ? `0-${count - 1}/${total}` : `*/${total}` };
  const inserted = (method === "POST" || method === "PUT") && !(upsert && count > 0 && updated >= count);
  if (wanted !== "representation") {
    // Nothing comes back, so nothing says how many rows an "object" would have had.
    return {
      status: method === "POST" ? (inserted ? 201 : 200) : method === "PUT" && inserted ? 201 : 204,
      headers,
      body: "",
    };
  }
  headers["Content-Type"] = format.type;
  return {
    status: inserted ? 201 : 200,
    headers,
    body: renderBody(format, text, format.single ? rowCount(text) : count),
  };
}

const rowCount = (text) => JSON.parse(text).length;
