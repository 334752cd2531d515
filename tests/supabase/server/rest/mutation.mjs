/** INSERT, UPDATE and DELETE statements without their RETURNING clause. */
import { identifier } from "../sql.mjs";
import { whereSql } from "./condition.mjs";
import { RestError } from "./errors.mjs";
import { recordSet } from "./payload.mjs";
import { tableSql } from "./source.mjs";

const target = (table, plan) => `${tableSql(table)} AS ${identifier(plan.alias)}`;
const list = (names) => names.map(identifier).join(", ");

/** Counts the rows that an upsert found already there; PostgREST answers 200 when there was nothing else. */
const COUNT_UPDATED =
  "set_config('pgrst.updated', (coalesce(nullif(current_setting('pgrst.updated', true), ''), '0')::int + 1)::text, true) IS NOT NULL";

/** As Supabase's safeupdate extension: a change of every row has to be said. */
function requireFilter(kind, plan) {
  if (plan.filters.length === 0) throw new RestError(400, "21000", `${kind} requires a WHERE clause`);
}

/** An INSERT of every row of the payload, with what happens to duplicates. */
export function insertSql(table, plan, payload, parameters, { defaults, resolution, onConflict }) {
  if (payload.length === 0) return { none: true };
  const into = `INSERT INTO ${target(table, plan)}`;
  if (payload.columns.length === 0 && payload.length === 1) return { sql: `${into} DEFAULT VALUES` };
  if (payload.columns.length === 0) {
    throw new RestError(400, "PGRST102", `Cannot insert ${payload.length} rows without columns in one request`);
  }
  const names = list(payload.columns);
  const source = recordSet(table, payload, parameters, defaults);
  const values = payload.columns.map((name) => `pgrst_body.${identifier(name)}`).join(", ");
  const conflict = conflictSql(table, payload, resolution, onConflict);
  return { sql: `${into} (${names}) SELECT ${values} FROM ${source}${conflict}`, upsert: conflict !== "" };
}

function conflictSql(table, payload, resolution, onConflict) {
  const keys = onConflict ?? table.primary_key;
  if (!resolution || keys.length === 0) return "";
  if (resolution === "ignore-duplicates") return ` ON CONFLICT (${list(keys)}) DO NOTHING`;
  const sets = payload.columns.map((name) => `${identifier(name)} = EXCLUDED.${identifier(name)}`).join(", ");
  return ` ON CONFLICT (${list(keys)}) DO UPDATE SET ${sets} WHERE ${COUNT_UPDATED}`;
}

/** An UPDATE of the filtered rows with the payload's one row. */
export function updateSql(table, plan, payload, parameters) {
  if (payload.length !== 1) throw new RestError(400, "PGRST102", "An update takes one object");
  if (payload.columns.length === 0) return { none: true };
  requireFilter("UPDATE", plan);
  const source = recordSet(table, payload, parameters, false);
  const sets = payload.columns.map((name) => `${identifier(name)} = pgrst_body.${identifier(name)}`).join(", ");
  return {
    sql: `UPDATE ${target(table, plan)} SET ${sets} FROM ${source} WHERE ${whereSql(plan, plan.filters, parameters)}`,
  };
}

/** A DELETE of the filtered rows. */
export function deleteSql(table, plan, parameters) {
  requireFilter("DELETE", plan);
  return { sql: `DELETE FROM ${target(table, plan)} WHERE ${whereSql(plan, plan.filters, parameters)}` };
}
