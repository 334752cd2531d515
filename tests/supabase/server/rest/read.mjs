/** GET and HEAD on a table or view. */
import { identifier, Parameters } from "../sql.mjs";
import { readRow, renderBody, RESPONSE_COLUMNS, withGuc, withPreferences } from "./answer.mjs";
import { plannedTotal, totalSql } from "./count.mjs";
import { buildPlan } from "./plan.mjs";
import { parseQuery } from "./query.mjs";
import { answerRange, applyRange } from "./range.mjs";
import { asCaller } from "./session.mjs";
import { joinsMatter, limitSql, selectParts, tableSql } from "./source.mjs";

/** Answers a read of `table`. */
export async function readTable(server, request, table) {
  const plan = buildPlan(server.catalog, table.name, table, parseQuery(request.params));
  const from = `${tableSql(table)} AS ${identifier(plan.alias)}`;
  return readPlan(server, request, plan, from, new Parameters(), true);
}

/** Answers with the rows of a plan; `from` may be a function call whose arguments are already bound. */
export async function readPlan(server, request, plan, from, parameters, readOnly) {
  const { format, preferences } = request;
  applyRange(
    plan,
    request.method === "GET" || request.method === "HEAD" ? request.headers.range : undefined,
    server.maxRows,
  );
  const parts = selectParts(plan, parameters, from);
  const source = `SELECT ${parts.columns} ${parts.from}${parts.where}${parts.group}${parts.order}${limitSql(plan)}`;
  const countFrom = joinsMatter(plan) || readOnly === "call" ? parts.from : `FROM ${from}`;
  const countSql = `SELECT 1 ${countFrom}${parts.where}${parts.group}`;
  const sql = `WITH pgrst_source AS (${source})
    SELECT ${totalSql(countSql, preferences.count, server.maxRows)} AS total, count(*)::text AS page_total,
      ${format.rows} AS body, ${RESPONSE_COLUMNS}
    FROM (SELECT * FROM pgrst_source) _postgrest_t`;
  const { values } = parameters;
  return asCaller(
    server,
    request.caller,
    { readOnly: Boolean(readOnly) && request.readOnly, schema: request.schema, timezone: preferences.timezone },
    async (connection) => {
      const { body, count, total: exact, row } = readRow(await connection.query(sql, values, { raw: true }));
      const total = await plannedTotal(connection, countSql, values, preferences.count, exact, server.maxRows);
      const { status, contentRange } = answerRange(plan.offset, count, total);
      const answer = {
        status,
        headers: { "Content-Range": contentRange, "Content-Type": format.type },
        body: renderBody(format, body, count),
      };
      if (format.single) answer.status = 200;
      return withPreferences(withGuc(answer, row), preferences, ["count", "handling", "max-affected", "timezone"]);
    },
  );
}
