/** `Prefer: count`: exact by counting, planned by asking the planner, estimated by whichever is cheaper. */

/** What goes into the main statement for `total`, given the SELECT of all rows without limit. */
export function totalSql(countSql, preference, maxRows) {
  if (preference === "exact") return `(SELECT count(*) FROM (${countSql}) _postgrest_count)::text`;
  if (preference === "estimated") {
    return `(SELECT count(*) FROM (${countSql} LIMIT ${maxRows + 1}) _postgrest_count)::text`;
  }
  return "NULL";
}

/** The planner's guess, where the preference calls for it. */
export async function plannedTotal(connection, countSql, values, preference, exact, maxRows) {
  if (preference === "exact" || preference === undefined) return exact;
  if (preference === "estimated" && exact <= maxRows) return exact;
  const { rows } = await connection.query(`EXPLAIN (FORMAT JSON) ${countSql}`, values);
  const plan = rows[0]["QUERY PLAN"];
  return (typeof plan === "string" ? JSON.parse(plan) : plan)[0].Plan["Plan Rows"];
}
