/** The body of a write: which columns it names, and the record set that Postgres reads it as. */
import { identifier, literal } from "../sql.mjs";
import { RestError } from "./errors.mjs";

/**
 * @typedef {object} Payload
 * @property {string} text a JSON array, as the caller wrote it: numbers keep every digit
 * @property {string[]} columns
 * @property {number} length
 * @property {object[]} rows parsed, for checks only
 */

const invalid = (details) => new RestError(400, "PGRST102", details ?? "Empty or invalid json");

/** Parses JSON, or a form as a single row. */
export function parseBody(request) {
  const { body, contentType } = request;
  if (contentType === "application/x-www-form-urlencoded") return Object.fromEntries(new URLSearchParams(body));
  if (contentType !== "application/json" && contentType !== "application/vnd.pgrst.object+json") {
    throw new RestError(415, "PGRST107", `Content-Type not acceptable: ${contentType}`);
  }
  try {
    return JSON.parse(body);
  } catch {
    throw invalid();
  }
}

/** @returns {Payload} */
export function readPayload(request, table, columns) {
  const parsed = parseBody(request);
  const rows = Array.isArray(parsed) ? parsed : [parsed];
  if (!rows.every((row) => row !== null && typeof row === "object" && !Array.isArray(row))) throw invalid();
  const source = request.contentType.startsWith("application/x-www") ? JSON.stringify(parsed) : request.body;
  const text = Array.isArray(parsed) ? source : `[${source}]`;
  const named = columns ?? sharedKeys(rows);
  for (const name of named) {
    if (table.column.has(name)) continue;
    throw new RestError(400, "PGRST204", `Could not find the '${name}' column of '${table.name}' in the schema cache`);
  }
  return { text, columns: [...new Set(named)], length: rows.length, rows };
}

function sharedKeys(rows) {
  const keys = Object.keys(rows[0] ?? {});
  const first = JSON.stringify([...keys].sort());
  if (!rows.every((row) => JSON.stringify(Object.keys(row).sort()) === first))
    throw invalid("All object keys must match");
  return keys;
}

/** A FROM item `pgrst_body` with the payload's columns in the table's types. */
export function recordSet(table, payload, parameters, withDefaults) {
  const definition = payload.columns.map((name) => `${identifier(name)} ${table.column.get(name).type}`).join(", ");
  const bound = parameters.bind(payload.text);
  if (!withDefaults) return `json_to_recordset(${bound}::json) AS pgrst_body(${definition})`;
  const defaults = payload.columns
    .map((name) => [name, defaultSql(table.column.get(name))])
    .filter(([, sql]) => sql)
    .map(([name, sql]) => `${literal(name)}, ${sql}`);
  const completed = `SELECT coalesce(jsonb_agg(jsonb_build_object(${defaults.join(", ")}) || row), '[]') FROM jsonb_array_elements(${bound}::jsonb) row`;
  return `jsonb_to_recordset((${completed})) AS pgrst_body(${definition})`;
}

function defaultSql(column) {
  if (column.identity && column.sequence) return `nextval(${literal(column.sequence)}::regclass)`;
  return column.default ?? undefined;
}
