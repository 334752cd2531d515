/** `/rest/v1`: routes a request to a table, a function or the description of both. */
import { json, readBody } from "../http.mjs";
import { TokenError } from "../jwt.mjs";
import { callFunction } from "./call.mjs";
import { RestError } from "./errors.mjs";
import { negotiate } from "./media.mjs";
import { describeApi } from "./openapi.mjs";
import { parsePreferences } from "./preferences.mjs";
import { readTable } from "./read.mjs";
import { closest } from "./suggestion.mjs";
import { writeTable } from "./write.mjs";

/**
 * Answers one request.
 *
 * @param {object} server `database`, `catalog`, `schemas`, `searchPath`, `maxRows`, `tokens`
 * @param {import("node:http").IncomingMessage} message
 * @param {URL} url
 * @param {string[]} path the segments after `/rest/v1`, percent-decoded
 * @param {string} token the caller's JWT
 */
export async function handleRest(server, message, url, path, token) {
  try {
    const claims = authenticate(server, token);
    const request = await prepare(server, message, url, path, claims);
    const answer = await dispatch(server, request, path);
    if (answer.headers["Content-Range"]) answer.headers["Range-Unit"] = "items";
    answer.headers["Content-Profile"] ??= request.schema;
    return answer;
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return json(error.status, error.body(), error.headers);
  }
}

function authenticate(server, token) {
  try {
    return server.tokens.verify(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const code = ["expired", "early", "claims"].includes(error.reason) ? "PGRST303" : "PGRST301";
    const description = `Bearer error="invalid_token", error_description=${JSON.stringify(error.message)}`;
    throw new RestError(401, code, error.message, { headers: { "WWW-Authenticate": description } });
  }
}

async function prepare(server, message, url, path, claims) {
  const { method, headers } = message;
  const reading = method === "GET" || method === "HEAD";
  const schema = headers[reading ? "accept-profile" : "content-profile"] ?? server.schemas[0];
  if (!server.schemas.includes(schema)) {
    throw new RestError(406, "PGRST106", `Invalid schema: ${schema}`, {
      hint: `Only the following schemas are exposed: ${server.schemas.join(", ")}`,
    });
  }
  const body = reading ? "" : await readBody(message);
  if (body.includes("\0")) throw new RestError(400, "PGRST102", "Empty or invalid json");
  const params = [...url.searchParams];
  if (params.some(([name, value]) => name.includes("\0") || value.includes("\0"))) {
    throw new RestError(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  }
  return {
    method,
    headers,
    params: url.searchParams,
    schema,
    body,
    readOnly: reading,
    preferences: parsePreferences(headers.prefer),
    accept: headers.accept,
    contentType: (headers["content-type"] ?? "application/json").split(";")[0].trim().toLowerCase(),
    get format() {
      return negotiate(headers.accept);
    },
    caller: {
      role: typeof claims.role === "string" ? claims.role : "anon",
      claims,
      method,
      path: `/${path.join("/")}`,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      cookies: parseCookies(headers.cookie),
    },
  };
}

function parseCookies(header = "") {
  const pairs = header.split(";").map((part) => part.trim().split("="));
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, ...value]) => [name, value.join("=")]));
}

async function dispatch(server, request, segments) {
  if (segments.length === 1 && segments[0] === "") return describeApi(server, request);
  if (segments.length === 2 && segments[0] === "rpc") return callFunction(server, request, segments[1]);
  if (segments.length !== 1) throw new RestError(404, "PGRST125", "Invalid path specified in request URL");
  const { schema, method } = request;
  const table = server.catalog.table(schema, segments[0]);
  if (!table) {
    const near = closest(segments[0], server.catalog.tableNames(schema));
    throw new RestError(404, "PGRST205", `Could not find the table '${schema}.${segments[0]}' in the schema cache`, {
      hint: near ? `Perhaps you meant the table '${schema}.${near}'` : null,
    });
  }
  if (method === "GET" || method === "HEAD") return readTable(server, request, table);
  if (["POST", "PATCH", "DELETE", "PUT"].includes(method)) return writeTable(server, request, table);
  throw new RestError(405, "PGRST117", `Unsupported HTTP method: ${method}`);
}
