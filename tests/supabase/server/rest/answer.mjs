/** What every statement of the API returns in its one row, and how that row becomes an HTTP answer. */
import { RestError } from "./errors.mjs";
import { singleRow } from "./media.mjs";
import { appliedPreferences } from "./preferences.mjs";

/** Columns beside the body: what a function may set for its response. */
export const RESPONSE_COLUMNS = `
  nullif(current_setting('response.headers', true), '') AS response_headers,
  nullif(current_setting('response.status', true), '') AS response_status`;

/** The statement's row, with its numbers read. */
export function readRow(result) {
  const row = result.rows[0];
  const number = (value) => (value === null || value === undefined || value === "" ? undefined : Number(value));
  return { body: row.body ?? "", count: number(row.page_total) ?? 0, total: number(row.total), row };
}

/** The body in the accepted format. */
export function renderBody(format, body, count) {
  return format.single ? singleRow(body, count) : body;
}

/** Adds what the function set through `response.headers` and `response.status`. */
export function withGuc(answer, row) {
  if (row.response_status) {
    const status = Number(row.response_status);
    if (!(Number.isInteger(status) && status >= 100 && status < 600)) {
      throw new RestError(500, "PGRST112", "response.status guc must be a valid status code");
    }
    answer.status = status;
  }
  if (row.response_headers) {
    const list = parseHeaders(row.response_headers);
    for (const entry of list) for (const [name, value] of Object.entries(entry)) answer.headers[name] = String(value);
  }
  return answer;
}

function parseHeaders(text) {
  try {
    const list = JSON.parse(text);
    if (Array.isArray(list) && list.every((entry) => entry && typeof entry === "object")) return list;
  } catch {
    // Answered below: not JSON is as wrong as JSON of another shape.
  }
  throw new RestError(
    500,
    "PGRST111",
    "response.headers guc must be a JSON array composed of objects with a single key and a string value",
  );
}

/** Sets `Preference-Applied` when there is something to say. */
export function withPreferences(answer, preferences, names) {
  const applied = appliedPreferences(preferences, names);
  if (applied) answer.headers["Preference-Applied"] = applied;
  return answer;
}

/** With `handling=strict` and `max-affected`, refuses a change of more rows than that. */
export function checkAffected(preferences, count) {
  if (preferences.handling !== "strict" || preferences.maxAffected === undefined || count <= preferences.maxAffected)
    return;
  throw new RestError(400, "PGRST124", "Query result exceeds max-affected preference constraint", {
    details: `The query affects ${count} rows`,
  });
}
