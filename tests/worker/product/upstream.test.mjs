// Supabase down, slow, lying: every failure is a clean problem within the deadline, or the last good answer.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { read, startProduct } from "./product.mjs";

const ROWS = JSON.stringify([
  { event_id: "a2", origin_time: "2018-02-02T00:00:00+00:00" },
  { event_id: "a1", origin_time: "2018-02-01T00:00:00+00:00" },
]);
const good = (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(ROWS);

let answer = good;
let asked = 0;
const upstream = createServer((request, response) => {
  asked++;
  answer(request, response);
});
let upstreamUrl;
let worker;
before(async () => {
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  upstreamUrl = `http://127.0.0.1:${upstream.address().port}`;
  // Nothing is ever fresh or served while it is revalidated: each request asks, and has the cache as its last resort.
  const vars = { SUPABASE_TIMEOUT_MS: "1000", CACHE_FRESH_SECONDS: "0", CACHE_STALE_SECONDS: "0" };
  worker = await startProduct({ supabaseUrl: upstreamUrl, vars });
});
after(async () => {
  await worker?.stop();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  answer = good;
  asked = 0;
});

const FAILURES = {
  "an error page": [
    (_, response) => response.writeHead(500, { "content-type": "text/html" }).end("<h1>secret-detail</h1>"),
    502,
  ],
  "an object instead of rows": [(_, response) => response.writeHead(200).end('{"rows":"secret-detail"}'), 502],
  "rows of something else": [(_, response) => response.writeHead(200).end('[{"secret-detail":1}]'), 502],
  "half a body": [(_, response) => response.writeHead(200).end('[{"event_id":"secret-detail'), 502],
  "nothing at all": [(_, response) => response.writeHead(200).end(), 502],
  "a refusal of our key": [(_, response) => response.writeHead(401).end('{"message":"secret-detail"}'), 502],
  "a redirect elsewhere": [(_, response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(), 502],
  "a connection that breaks off before the answer": [(request) => request.socket.destroy(), 502],
  "a connection that breaks off in the answer": [
    (request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write('[{"event_id":');
      setTimeout(() => request.socket.destroy(), 20);
    },
    502,
  ],
  "no answer": [() => {}, 504],
  "an answer that never ends": [(_, response) => response.writeHead(200).write("["), 504],
};

let unique = 0;
for (const [name, [failure, status]] of Object.entries(FAILURES)) {
  test(`${name}: ${status} within the deadline, and nothing of it reaches the client`, async () => {
    answer = failure;
    const began = Date.now();
    const { status: given, headers, json, text } = await read(`${worker.url}/earthquake/list?q=none${unique++}`);
    assert.ok(Date.now() - began < 3000, "it took too long");
    assert.equal(given, status, text);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(json.code, status === 504 ? "upstream_timeout" : "bad_upstream");
    assert.ok(!text.includes("secret") && !text.includes("127.0.0.1"), text);
  });

  test(`${name}: the last good list, marked as old, if there is one`, async () => {
    const url = `${worker.url}/earthquake/list?q=kept${unique++}`;
    assert.equal((await read(url)).text, ROWS);
    await settled(url);
    answer = failure;
    const { status: given, headers, text } = await read(url);
    assert.deepEqual([given, text], [200, ROWS]);
    assert.equal(headers.get("warning"), '111 - "Revalidation Failed"');
    assert.match(headers.get("age"), /^\d+$/);
  });
}

/** Waits until the answer at `url`, which is kept after the response, is kept. */
async function settled(url) {
  const before = answer;
  answer = (_, response) =>
    response.writeHead(404, { "content-type": "application/json" }).end('{"message":"not kept yet"}');
  for (let tries = 0; tries < 50; tries++) {
    const { headers } = await read(url);
    if (headers.get("warning")) {
      answer = before;
      return;
    }
    await sleep(20);
  }
  assert.fail("the answer was not kept");
}

test("nobody there: 502, and healthz says so with 503", async () => {
  const nobody = await startProduct({ supabaseUrl: "http://127.0.0.1:9", vars: { SUPABASE_TIMEOUT_MS: "1000" } });
  try {
    const { status, json } = await read(`${nobody.url}/earthquake/list`);
    assert.deepEqual([status, json.code], [502, "bad_upstream"]);
    const health = await read(`${nobody.url}/healthz`);
    assert.deepEqual([health.status, health.json.status, health.json.supabase], [503, "degraded", "unavailable"]);
    const proxied = await read(`${nobody.url}/rest/v1/earthquake`);
    assert.deepEqual([proxied.status, proxied.json.code], [502, "bad_upstream"]);
  } finally {
    await nobody.stop();
  }
});

test("a read that failed in passing is sent again, and a write through the proxy is not", async () => {
  let left = 2;
  answer = (request, response) => (left-- > 0 ? response.writeHead(503).end() : good(request, response));
  const { status, text } = await read(`${worker.url}/earthquake/list?q=again`);
  assert.deepEqual([status, text, asked], [200, ROWS, 3]);
  asked = 0;
  answer = (_, response) => response.writeHead(503).end("{}");
  assert.equal((await read(`${worker.url}/rest/v1/x`, { method: "POST", body: "{}" })).status, 503);
  assert.equal(asked, 1);
});

test("a proxy request without an answer is 504 within the deadline", async () => {
  answer = () => {};
  const { status, json } = await read(`${worker.url}/rest/v1/x`);
  assert.deepEqual([status, json.code], [504, "upstream_timeout"]);
});

test("keys never reach the log", async () => {
  answer = (request) => request.socket.destroy();
  await read(`${worker.url}/earthquake/list?q=log`);
  assert.ok(worker.logs.length > 0);
  for (const line of worker.logs) assert.ok(!line.text.includes("apikey") && !line.text.includes("Bearer"), line.text);
});

test("a missing setting is a 500 that the log names and the client doesn't", async () => {
  const unset = await startProduct({ supabaseUrl: "" });
  try {
    const { status, json, text } = await read(`${unset.url}/hello`);
    assert.deepEqual([status, json.code], [500, "configuration"]);
    assert.ok(!text.includes("SUPABASE_URL"));
    await unset.waitForLog((line) => line.text.includes("SUPABASE_URL is not set"));
  } finally {
    await unset.stop();
  }
});

test("a fresh answer comes from the cache, a stale one too while it is made anew", async () => {
  const cached = await startProduct({ supabaseUrl: upstreamUrl, vars: { CACHE_FRESH_SECONDS: "1" } });
  try {
    const url = `${cached.url}/earthquake/list?limit=2`;
    assert.equal(
      (await read(url)).headers.get("cache-control"),
      "public, max-age=1, stale-while-revalidate=300, stale-if-error=86400",
    );
    await sleep(300);
    asked = 0;
    assert.deepEqual([(await read(url)).text, asked], [ROWS, 0], "it is fresh");
    // The same question, spelled differently, is the same answer.
    assert.deepEqual([(await read(`${cached.url}/earthquake/list?limit=%32`)).text, asked], [ROWS, 0]);
    await sleep(1000);
    const newer = ROWS.replace("a2", "a3");
    answer = (_, response) => response.writeHead(200).end(newer);
    const stale = await read(url);
    assert.deepEqual([stale.text, stale.headers.get("warning")], [ROWS, '110 - "Response is Stale"']);
    await sleep(300);
    const renewed = await read(url);
    assert.deepEqual([renewed.text, renewed.headers.get("warning"), asked], [newer, null, 1]);
  } finally {
    await cached.stop();
  }
});

test("Workers KV, where it is bound, is a second level that another location reads", async () => {
  await buildCrate("hashi");
  const config = join(root, "build", "kv.wrangler.toml");
  writeFileSync(
    config,
    'name = "hashi"\nmain = "../js/worker/entry.js"\ncompatibility_date = "2026-11-01"\n' +
      '[[kv_namespaces]]\nbinding = "CACHE_KV"\nid = "cache"\n',
  );
  const vars = { SUPABASE_URL: upstreamUrl, SUPABASE_ANON_KEY: "anon", CACHE_FRESH_SECONDS: "60" };
  const persist = mkdtempSync(join(tmpdir(), "hashi-kv-"));
  const question = "/earthquake/list?limit=2";
  try {
    const first = await startWorker({ config, vars, persist });
    await read(first.url + question);
    await sleep(500);
    await first.stop();
    // Another location has the namespace, and a Cache API of its own.
    assert.deepEqual(readdirSync(persist).sort(), ["cache", "kv"]);
    rmSync(join(persist, "cache"), { recursive: true });
    asked = 0;
    const second = await startWorker({ config, vars, persist });
    try {
      const { text, headers } = await read(second.url + question);
      assert.deepEqual([text, asked, headers.get("warning")], [ROWS, 0, null]);
    } finally {
      await second.stop();
    }
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});
