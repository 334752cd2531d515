/**
 * Replays every query of queries.json on supabase-js and compares the request that it makes with the table's, which
 * tests/rest_pairs.rs holds our builder to.
 *
 * Run it with `node --test tests/supabase/pairs.test.mjs`; `node tests/supabase/pairs.test.mjs --write` writes what
 * supabase-js makes into the table.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@supabase/supabase-js";

const URL_BASE = "https://project.supabase.co";
const KEY = "anon-key";
const file = new URL("queries.json", import.meta.url);

/** @typedef {[string, ...unknown[]]} Step a method of supabase-js and its arguments */
/** @typedef {{ method: string, url: string, headers: Record<string, string>, body: string | null }} Request */
/** @typedef {{ name: string, steps: Step[], request?: Request }} Query */

/** @type {Query[]} */
const queries = JSON.parse(readFileSync(file, "utf8"));

/** JSON has no big integers, so the table writes `{"$bigint": "…"}`. */
const argument = (/** @type {any} */ value) =>
  value !== null && typeof value === "object" && "$bigint" in value ? BigInt(value.$bigint) : value;

/**
 * The request that supabase-js makes of `steps`.
 * @param {Step[]} steps
 * @returns {Promise<Request>}
 */
async function capture(steps) {
  /** @type {Request[]} */
  const made = [];
  /** @type {typeof fetch} */
  const fetch = async (url, init) => {
    const headers = new Headers(init?.headers);
    headers.delete("x-client-info");
    assert.ok(String(url).startsWith(URL_BASE), `supabase-js left ${URL_BASE}`);
    made.push({
      method: init?.method ?? "GET",
      url: String(url).slice(URL_BASE.length),
      headers: Object.fromEntries(headers),
      body: init?.body === undefined || init.body === null ? null : String(init.body),
    });
    return new Response("[]", { headers: { "content-type": "application/json" } });
  };
  const tokenStep = steps[0][0] === "accessToken" ? steps[0] : undefined;
  const options = { global: { fetch }, auth: { persistSession: false, autoRefreshToken: false } };
  const client = tokenStep
    ? createClient(URL_BASE, KEY, { global: { fetch }, accessToken: async () => String(tokenStep[1]) })
    : createClient(URL_BASE, KEY, options);
  /** @type {any} */
  let chain = client;
  for (const [method, ...rest] of tokenStep ? steps.slice(1) : steps) chain = chain[method](...rest.map(argument));
  const { error } = await chain;
  assert.equal(error, null);
  assert.equal(made.length, 1, "one query makes one request");
  return made[0];
}

if (process.argv.includes("--write")) {
  for (const query of queries) query.request = await capture(query.steps);
  writeFileSync(file, JSON.stringify(queries));
  const biome = fileURLToPath(new URL("../../node_modules/.bin/biome", import.meta.url));
  execFileSync(biome, ["format", "--write", fileURLToPath(file)], { stdio: "inherit" });
} else {
  test("the table holds at least 80 queries, each under a name of its own", () => {
    assert.ok(queries.length >= 80, `${queries.length} queries`);
    assert.equal(new Set(queries.map(({ name }) => name)).size, queries.length);
  });

  for (const { name, steps, request } of queries) {
    test(`supabase-js: ${name}`, async () => {
      assert.deepEqual(await capture(steps), request);
    });
  }
}
