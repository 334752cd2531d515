/**
 * Sends every request of queries.json to the local Supabase, and compares what comes back, and what is in the tables
 * afterwards, with SQL written by hand. The requests are those that supabase-js and our builder both make: see
 * pairs.test.mjs and tests/rest_pairs.rs.
 *
 * Run it with `node --test tests/supabase/execute.test.mjs`.
 *
 * An entry says:
 * - `sql`: the same query by hand; with `writes`, the same write. Without it, the query must change nothing.
 * - `rows`: on a write, the rows that it returns, as a query to be run after `sql`.
 * - `reply`: the status ("2xx" where PostgREST's versions and estimates decide), `content_range`, and what the body is:
 *   `rows` (the default), `one` row, a `scalar`, `values` without column names, literal `text`, `none`, or an `error`
 *   with a `code`.
 * - `ordered`: whether the order of the rows is part of the promise.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSupabase } from "./server/start.mjs";

const TABLES = {
  "public.authors": "id",
  "public.books": "id",
  "public.tags": "id",
  "public.book_tags": "book_id, tag_id",
  "public.reviews": "id",
  'public."odd shelf 棚"': "id",
  "archive.books": "id",
};
const migrations = new URL("fixtures/migrations/", import.meta.url);
const library = readFileSync(new URL("20200101000000_library.sql", migrations), "utf8");
const [, rowsSql] = /^-- Rows:.*?$(.*?)^-- Functions\.$/ms.exec(library) ?? assert.fail("the library marks its rows");

/** @type {any[]} */
const queries = JSON.parse(readFileSync(new URL("queries.json", import.meta.url), "utf8"));
/** @type {Awaited<ReturnType<typeof startSupabase>>} */
let supabase;

before(async () => {
  supabase = await startSupabase({ migrations: [fileURLToPath(migrations)], schemas: ["public", "archive"] });
});
after(() => supabase?.close());

/** Parses JSON without losing digits: numbers become `{ number: "9007199254740993" }`. */
const exactly = (/** @type {string} */ json) =>
  JSON.parse(json, (_key, value, context) => (typeof value === "number" ? { number: context.source } : value));

/** Rows in an order that depends on nothing but themselves. */
const sorted = (/** @type {any[]} */ rows) => {
  const keyed = rows.map((row) => JSON.stringify(row, (_key, value) => (isMap(value) ? inKeyOrder(value) : value)));
  return keyed.sort().map((row) => JSON.parse(row));
};
const isMap = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
const inKeyOrder = (/** @type {object} */ value) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The rows of `sql`, with JSON made by Postgres. */
async function select(connection, sql) {
  const { rows } = await connection.query(`select coalesce(json_agg(q), '[]')::text as json from (${sql}) as q`);
  return exactly(rows[0].json);
}

async function contents(connection) {
  const all = {};
  for (const [name, key] of Object.entries(TABLES))
    all[name] = await select(connection, `select * from ${name} order by ${key}`);
  return all;
}

/** Puts every table and sequence back to what the migration left. */
async function freshRows() {
  await supabase.db.exec(`truncate ${Object.keys(TABLES).join(", ")}; ${rowsSql}`);
}

/** Runs the hand-written side in a transaction that leaves nothing: the rows to expect, and the tables to expect. */
async function byHand({ sql, rows, writes }) {
  const undo = new Error("done");
  let expected;
  const work = async (connection) => {
    if (writes && sql) await connection.exec(sql);
    const query = writes ? rows : sql;
    expected = { rows: query ? await select(connection, query) : undefined, tables: await contents(connection) };
    throw undo;
  };
  await supabase.db.transaction(work).catch((error) => {
    if (error !== undo) throw error;
  });
  return expected;
}

/** Sends `request` as it stands, but for the server's address and the keys that it accepts. */
async function send({ method, url, headers, body }) {
  const now = Math.floor(Date.now() / 1000);
  const id = "6f1e9a6e-6a39-4b7a-8f0c-0d7f7f3a5b11";
  const user = supabase.tokens.sign({ sub: id, role: "authenticated", aud: "authenticated", exp: now + 600, iat: now });
  const secret = (value) => value.replace("anon-key", supabase.anonKey).replace("user-token", user);
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret(value)]));
  const response = await fetch(supabase.url + url, { method, headers: sent, body });
  return { status: response.status, contentRange: response.headers.get("content-range"), text: await response.text() };
}

function compareBody(query, expected, text) {
  const { shape = "rows", body, code } = query.reply;
  const arrange = query.ordered ? (rows) => rows : sorted;
  switch (shape) {
    case "rows":
      return assert.deepEqual(arrange(exactly(text)), arrange(expected));
    case "one":
      return assert.deepEqual([exactly(text)], expected);
    case "scalar":
      return assert.deepEqual([{ value: exactly(text) }], expected);
    case "values":
      return assert.deepEqual(arrange(exactly(text).map((value) => ({ value }))), arrange(expected));
    case "text":
      return assert.equal(text, body);
    case "none":
      return assert.equal(text, "");
    case "error":
      return assert.equal(JSON.parse(text).code, code);
    default:
      return assert.fail(`the shape ${shape} is unknown`);
  }
}

for (const query of queries) {
  test(`executed: ${query.name}`, async () => {
    if (query.writes) await freshRows();
    const expected = await byHand(query);
    if (query.writes) await freshRows();
    const { status, contentRange, text } = await send(query.request);
    const { status: wanted, content_range: range } = query.reply;
    if (wanted === "2xx") assert.ok(status >= 200 && status < 300, `status ${status}: ${text}`);
    else assert.equal(status, wanted, text);
    if (range !== undefined) assert.equal(contentRange, range);
    compareBody(query, expected.rows, text);
    assert.deepEqual(await supabase.db.exclusive(contents), expected.tables, "the tables afterwards");
  });
}

test("the fixture has rows to find: no query passes because both sides are empty", async () => {
  const empty = [];
  await freshRows();
  for (const query of queries.filter(({ sql, writes }) => sql && !writes)) {
    if ((await byHand(query)).rows.length === 0) empty.push(query.name);
  }
  assert.deepEqual(empty, [
    "eq text with every ASCII character",
    "in an empty list",
    "limit zero",
    "maybeSingle without a row",
  ]);
});
