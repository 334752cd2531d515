/** Which body the caller accepts, and the SQL that makes it from the rows of `_postgrest_t`. */
import { RestError } from "./errors.mjs";

const ROWS = `coalesce(json_agg(_postgrest_t), '[]')::text`;
const STRIPPED = `coalesce(json_agg(json_strip_nulls(row_to_json(_postgrest_t))), '[]')::text`;
const CSV = `coalesce(
  (SELECT string_agg(CASE WHEN k ~ '[",\\n]' THEN '"' || replace(k, '"', '""') || '"' ELSE k END, ',') FROM json_object_keys((json_agg(_postgrest_t) -> 0)) k)
  || E'\\n' || string_agg(substring(_postgrest_t::text, 2, length(_postgrest_t::text) - 2), E'\\n'), '')`;

const FORMATS = {
  "application/json": { type: "application/json; charset=utf-8", rows: ROWS },
  "application/vnd.pgrst.array+json": { type: "application/json; charset=utf-8", rows: ROWS },
  "application/vnd.pgrst.object+json": {
    type: "application/vnd.pgrst.object+json; charset=utf-8",
    rows: ROWS,
    single: true,
  },
  "text/csv": { type: "text/csv; charset=utf-8", rows: CSV, csv: true },
};

/** Picks the first acceptable media type. */
export function negotiate(accept = "*/*") {
  for (const choice of accept.split(",")) {
    const [name, ...options] = choice.split(";").map((part) => part.trim().toLowerCase());
    if (name === "*/*" || name === "application/*" || name === "") return FORMATS["application/json"];
    const format = FORMATS[name];
    if (!format) continue;
    if (!options.includes("nulls=stripped") || !name.startsWith("application/vnd.pgrst.")) return format;
    return { ...format, type: `${name};nulls=stripped; charset=utf-8`, rows: STRIPPED };
  }
  throw new RestError(406, "PGRST107", `None of these media types are available: ${accept}`);
}

/** The single JSON object asked for, or the 406 that says how many rows there were. */
export function singleRow(body, count) {
  if (count === 1) return body.trim().slice(1, -1).trim();
  throw new RestError(406, "PGRST116", "Cannot coerce the result to a single JSON object", {
    details: `The result contains ${count} rows`,
  });
}
