/** `GET /rest/v1/`: the tables and functions of the schema as a small OpenAPI 2.0 document. */
import { json } from "../http.mjs";
import { RestError } from "./errors.mjs";

const NUMBERS = {
  integer: "integer",
  bigint: "integer",
  smallint: "integer",
  "double precision": "number",
  real: "number",
  numeric: "number",
  boolean: "boolean",
};

/** Answers with the description. */
export function describeApi(server, { schema, method }) {
  if (method !== "GET" && method !== "HEAD") throw new RestError(405, "PGRST117", `Unsupported HTTP method: ${method}`);
  const tables = server.catalog.tables().filter((table) => table.schema === schema);
  const paths = Object.fromEntries(
    tables.map(({ name }) => [`/${name}`, { get: { tags: [name], responses: { 200: { description: "OK" } } } }]),
  );
  for (const name of server.catalog.functionNames(schema)) {
    paths[`/rpc/${name}`] = { post: { tags: [`(rpc) ${name}`], responses: { 200: { description: "OK" } } } };
  }
  const definitions = Object.fromEntries(tables.map((table) => [table.name, definition(table)]));
  const document = {
    swagger: "2.0",
    info: { title: "PostgREST API", version: "local" },
    basePath: "/",
    paths,
    definitions,
  };
  return json(200, document, { "Content-Type": "application/openapi+json; charset=utf-8" });
}

function definition({ columns }) {
  const properties = columns.map(({ name, type, base }) => [name, { format: type, type: NUMBERS[base] ?? "string" }]);
  const required = columns.filter((column) => !column.nullable).map(({ name }) => name);
  return { type: "object", required, properties: Object.fromEntries(properties) };
}
