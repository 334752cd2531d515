/** PostgREST's errors: body `{ code, details, hint, message }` and the status that belongs to each code. */

/** An answer other than success, made by the API itself or mapped from Postgres. */
export class RestError extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message, { details = null, hint = null, headers = {} } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.hint = hint;
    this.headers = headers;
  }
  /** The body as PostgREST writes it. */
  body() {
    return { code: this.code, details: this.details, hint: this.hint, message: this.message };
  }
}

/** The request's query string could not be parsed. */
export function parseError(what, text, position, expecting) {
  const found = position < text.length ? `unexpected ${JSON.stringify(text[position])}` : "unexpected end of input";
  return new RestError(400, "PGRST100", `"failed to parse ${what} (${text})" (line 1, column ${position + 1})`, {
    details: `${found} expecting ${expecting}`,
  });
}

// biome-ignore format: a table; longer codes win over their class.
const BY_CODE = {
  "0L": 403, "0P": 403, "23503": 409, "23505": 409, "25006": 405, "28": 403, "42501": 403, "42883": 404, "42P01": 404,
  "42P17": 500, "57P01": 503, "08": 503, "09": 500, "25": 500, "2D": 500, "38": 500, "39": 500, "3B": 500, "40": 500,
  "53400": 500, "53": 503, "54": 500, "55": 500, "57": 500, "58": 500, P0001: 400, P0: 500, F0: 500, HV: 500, XX: 500,
};

/** Maps an error of Postgres to the answer PostgREST gives for it. */
export function fromDatabase(error, role) {
  const { code = "XX000" } = error;
  if (code === "PGRST") return raised(error);
  const custom = /^PT(\d{3})$/.exec(code);
  let status = custom ? Number(custom[1]) : (BY_CODE[code] ?? BY_CODE[code.slice(0, 2)] ?? 400);
  if (code === "42501" && role === "anon") status = 401;
  const headers = status === 401 ? { "WWW-Authenticate": "Bearer" } : {};
  const { message, detail = null, hint = null } = error;
  return new RestError(status, code, message, { details: detail, hint, headers });
}

/** `RAISE SQLSTATE 'PGRST'`: the function writes body, status and headers itself, as two JSON texts. */
function raised(error) {
  try {
    const { code, message, details = null, hint = null } = JSON.parse(error.message);
    const { status, headers = {} } = JSON.parse(error.detail);
    if (typeof code !== "string" || typeof message !== "string" || !(status >= 100 && status < 600)) throw error;
    return new RestError(status, code, message, { details, hint, headers });
  } catch {
    return new RestError(500, "PGRST121", "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error", {
      details: "MESSAGE must be an object with code and message, DETAIL an object with status",
    });
  }
}
