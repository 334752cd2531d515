/** GET and HEAD on a table or view. */
import { identifier, Parameters } from "../sql.mjs";
import { checkAffected, readRow, renderBody, RESPONSE_COLUMNS, withGuc, withPreferences } from "./answer.mjs";
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
  return readPlan(server, request, plan, from, new Parameters());
}

/**
 * Answers with the rows of a plan.
 *
 * @param {string} from the table, or a function call whose arguments are already bound
 * @param {{ call?: boolean, volatile?: boolean }} [options] a volatile function must run once, whatever is counted
 */
export async function readPlan(server, request, plan, from, parameters, { call = false, volatile = false } = {}) {
  const { format, preferences, readOnly, schema } = request;
  const reading = request.method === "GET" || request.method === "HEAD";
  applyRange(plan, reading ? request.headers.range : undefined, server.maxRows);
  const alias = identifier(plan.alias);
  const parts = selectParts(plan, parameters, volatile ? `pgrst_call AS ${alias}` : from);
  const source = `SELECT ${parts.columns} ${parts.from}${parts.where}${parts.group}${parts.order}${limitSql(plan)}`;
  const guess = preferences.count === "planned" || preferences.count === "estimated";
  // The planner is asked in a statement of its own, which has to use every bound value.
  const countFrom = guess || joinsMatter(plan) ? parts.from : `FROM ${volatile ? `pgrst_call AS ${alias}` : from}`;
  const countSql = `SELECT 1 ${countFrom}${parts.where}${parts.group}`;
  const sql = `WITH ${volatile ? `pgrst_call AS MATERIALIZED (SELECT * FROM ${from}), ` : ""}pgrst_source AS (${source})
    SELECT ${totalSql(countSql, preferences.count, server.maxRows)} AS total, count(*)::text AS page_total,
      ${format.rows} AS body, ${RESPONSE_COLUMNS}
    FROM (SELECT * FROM pgrst_source) _postgrest_t`;
  const { values } = parameters;
  const options = { readOnly, schema, timezone: preferences.timezone };
  return asCaller(server, request.caller, options, async (transaction) => {
    const result = await transaction.query(sql, values, { last: readOnly && !guess });
    const { body, count, total: exact, row } = readRow(result);
    const total =
      guess && !volatile
        ? await plannedTotal(transaction, countSql, values, preferences.count, exact, server.maxRows)
        : exact;
    if (call) checkAffected(preferences, count);
    const { status, contentRange } = answerRange(plan.offset, count, total);
    const answer = {
      status: format.single ? 200 : status,
      headers: { "Content-Range": contentRange, "Content-Type": format.type },
      body: renderBody(format, body, count),
      rollback: call && preferences.tx === "rollback",
    };
    return withPreferences(withGuc(answer, row), preferences, ["count", "tx", "handling", "max-affected", "timezone"]);
  });
}
