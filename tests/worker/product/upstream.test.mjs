// Supabase down, slow, lying: every failure is a clean problem within the deadline, or the last good answer.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { until } from "../raw.mjs";
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

/** Asks at `url` until nobody is asked for it: the answer, which is kept after the response, is kept. Gives it. */
async function kept(url) {
  let given;
  await until(async () => {
    asked = 0;
    given = await read(url);
    return asked === 0;
  });
  return given;
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

test("no key and no token reaches the log, at any level", async () => {
  const secrets = {
    anonKey: "anon-key-4d1f0c77",
    jwtSecret: "jwt-secret-a94be8d2-of-more-than-32-characters",
    token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYWxsZXItN2MxMiJ9.c2lnbmF0dXJlLTNmOGE",
  };
  const told = await startProduct({
    supabaseUrl: upstreamUrl,
    anonKey: secrets.anonKey,
    vars: { SUPABASE_JWT_SECRET: secrets.jwtSecret, LOG_LEVEL: "trace", SUPABASE_TIMEOUT_MS: "500", CACHE: "off" },
  });
  const failures = [
    good,
    (request) => request.socket.destroy(),
    (_, response) => response.writeHead(401).end(JSON.stringify({ message: `bad ${secrets.anonKey}` })),
    (_, response) => response.writeHead(200).end("<html>"),
    () => {},
  ];
  try {
    const headers = { authorization: `Bearer ${secrets.token}`, apikey: secrets.token };
    for (const failure of failures) {
      answer = failure;
      await read(`${told.url}/earthquake/list?q=log`, { headers });
      await read(`${told.url}/rest/v1/x`, { headers });
      await read(`${told.url}/rest/v1/x`, { method: "POST", body: "{}", headers });
      await read(`${told.url}/healthz`, { headers });
    }
    await read(`${told.url}/api/v1/functions`, { headers });
    assert.ok(told.logs.length > 10, `${told.logs.length} lines`);
    for (const { text } of told.logs)
      for (const [name, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `${name} in: ${text}`);
  } finally {
    await told.stop();
  }
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
  const cached = await startProduct({ supabaseUrl: upstreamUrl, vars: { CACHE_FRESH_SECONDS: "3" } });
  try {
    const url = `${cached.url}/earthquake/list?limit=2`;
    assert.equal(
      (await read(url)).headers.get("cache-control"),
      "public, max-age=3, stale-while-revalidate=300, stale-if-error=86400",
    );
    const fresh = await kept(url);
    assert.deepEqual([fresh.text, fresh.headers.get("warning"), asked], [ROWS, null, 0], "it is fresh");
    // The same question, spelled differently, is the same answer.
    assert.deepEqual([(await read(`${cached.url}/earthquake/list?limit=%32`)).text, asked], [ROWS, 0]);
    const newer = ROWS.replace("a2", "a3");
    answer = (_, response) => response.writeHead(200).end(newer);
    /** What `url` gives once that is something else than `same`. */
    const other = async (same) => {
      let now;
      await until(async () => {
        const { text, headers } = await read(url);
        now = [text, headers.get("warning")];
        return !isDeepStrictEqual(now, same);
      }, 15_000);
      return now;
    };
    const stale = [ROWS, '110 - "Response is Stale"'];
    assert.deepEqual(await other([ROWS, null]), stale);
    assert.deepEqual(await other(stale), [newer, null]);
    assert.equal(asked, 1);
  } finally {
    await cached.stop();
  }
});

test("a spelling of the cursor that nobody expects poisons nothing: the link is written anew", async () => {
  const cached = await startProduct({ supabaseUrl: upstreamUrl, vars: { CACHE_FRESH_SECONDS: "3600" } });
  try {
    const list = `${cached.url}/earthquake/list`;
    const link = async (query) => (await read(list + query)).headers.get("link");
    const first = await link("?limit=1");
    const [, cursor] = /^<\/earthquake\/list\?limit=1&cursor=([\w-]+)>; rel="next"$/.exec(first) ?? assert.fail(first);
    for (const query of [
      `?%63ursor=${cursor}&limit=1`,
      `?limit=0000001&%63urso%72=${cursor}`,
      `?l%69mit=1&cursor=${cursor}`,
    ]) {
      assert.equal(await link(query), first, query);
      assert.equal((await kept(list + query)).headers.get("link"), first, `${query}, kept`);
    }
    asked = 0;
    assert.deepEqual(
      [await link(`?cursor=${cursor}&limit=1`), asked],
      [first, 0],
      "from the cache, by another's spelling",
    );
  } finally {
    await cached.stop();
  }
});

test("what one deployment keeps, another at the same address never gives", async () => {
  const persist = mkdtempSync(join(tmpdir(), "hashi-cache-"));
  const question = "/earthquake/list?limit=2";
  try {
    // Fresh until the last of them is asked.
    const vars = { CACHE_FRESH_SECONDS: "3600" };
    const first = await startProduct({ supabaseUrl: upstreamUrl, persist, vars });
    await kept(first.url + question);
    const { port } = first;
    await first.stop();
    for (const [other, wanted] of [
      [{ anonKey: "another" }, 1],
      [{ supabaseUrl: `${upstreamUrl}/other` }, 1],
      [{}, 0],
    ]) {
      asked = 0;
      const second = await startProduct({ supabaseUrl: upstreamUrl, persist, port, vars, ...other });
      await read(second.url + question);
      await second.stop();
      assert.equal(asked, wanted, JSON.stringify(other));
    }
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});

test("a cache that gives no answer is no reason to wait", async () => {
  await buildCrate("hashi");
  const entry = join(root, "build", "hanging-cache.js");
  writeFileSync(
    entry,
    `import worker from "../js/worker/entry.js";
Cache.prototype.match = () => new Promise(() => {});
export default worker;
`,
  );
  const config = join(root, "build", "hanging-cache.wrangler.toml");
  writeFileSync(
    config,
    'name = "hashi"\nmain = "hanging-cache.js"\ncompatibility_date = "2026-11-01"\ncompatibility_flags = ["enable_request_signal"]\n',
  );
  const hanging = await startWorker({ config, vars: { SUPABASE_URL: upstreamUrl, SUPABASE_ANON_KEY: "anon" } });
  try {
    const { status, text } = await read(`${hanging.url}/earthquake/list?limit=2`, {
      signal: AbortSignal.timeout(5000),
    });
    assert.deepEqual([status, text, asked], [200, ROWS, 1]);
    await hanging.waitForLog(({ json }) => json?.message === "the cache gave no answer in time");
  } finally {
    await hanging.stop();
  }
});

test("Workers KV, where it is bound, is a second level that another location reads, and its own cache then has", async () => {
  await buildCrate("hashi");
  const config = join(root, "build", "kv.wrangler.toml");
  writeFileSync(
    config,
    'name = "hashi"\nmain = "../js/worker/entry.js"\ncompatibility_date = "2026-11-01"\n' +
      '[[kv_namespaces]]\nbinding = "CACHE_KV"\nid = "cache"\n',
  );
  const vars = { SUPABASE_URL: upstreamUrl, SUPABASE_ANON_KEY: "anon", CACHE_FRESH_SECONDS: "3600" };
  const persist = mkdtempSync(join(tmpdir(), "hashi-kv-"));
  const list = "/earthquake/list?limit=1";
  let port = 0;
  const links = [];
  // All of them, and how often Supabase was asked. The answers are kept after that: `done` is true when they are.
  const visit = async (questions, done = () => true) => {
    asked = 0;
    const worker = await startWorker({ config, vars, persist, port });
    port = worker.port;
    try {
      for (const question of questions) {
        const { text, headers, status } = await read(worker.url + question);
        assert.deepEqual([status, text, headers.get("warning")], [200, ROWS.replace(/,\{.*a1.*\}/, ""), null]);
        links.push(headers.get("link"));
      }
      const times = asked;
      await sleep(500);
      for (const { level, text } of worker.logs) assert.ok(!["warn", "error"].includes(level), text);
      await until(() => done(worker));
      return times;
    } finally {
      await worker.stop();
    }
  };
  // The namespace has so many answers.
  const shared = (count) => async (worker) => (await (await worker.namespace("CACHE_KV")).list()).keys.length === count;
  try {
    assert.equal(await visit([list], shared(1)), 1);
    const [, cursor] = /cursor=([\w-]+)/.exec(links.pop());
    // KV takes keys of 512 bytes, and metadata of 1,024: each of these is longer, written out.
    const questions = [
      `${list}&cursor=${cursor}&min_magnitude=1.5&since=2018-01-01&bbox=-170.5,-50.25,170.125,60.5&event_type=earthquake`,
      `${list}&q=${encodeURIComponent("東北地方太平洋沖".repeat(12))}`,
    ];
    assert.equal(await visit(questions, shared(3)), 2);
    // Another location has the namespace, and a Cache API of its own.
    assert.deepEqual(readdirSync(persist).sort(), ["cache", "kv"]);
    rmSync(join(persist, "cache"), { recursive: true });
    const filled = async (worker) => {
      const namespace = await worker.namespace("CACHE_KV");
      for (const { name } of (await namespace.list()).keys) await namespace.delete(name);
      // Supabase has nothing any more, and the namespace neither.
      answer = (_, response) => response.writeHead(404, { "content-type": "application/json" }).end("{}");
      const answers = await Promise.all(questions.map((question) => read(worker.url + question)));
      return answers.every(({ status }) => status === 200);
    };
    assert.equal(await visit(questions, filled), 0, "from the namespace");
    answer = good;
    rmSync(join(persist, "kv"), { recursive: true });
    assert.equal(await visit(questions), 0, "from the location's own cache, which the namespace has filled");
    assert.deepEqual(links.slice(2), [...links.slice(0, 2), ...links.slice(0, 2)], "each with its own link");
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});

test("responses say how long they took where that is wanted, and else nothing", async () => {
  const timed = await startProduct({ supabaseUrl: upstreamUrl, vars: { SERVER_TIMING: "on" } });
  try {
    assert.match((await read(`${timed.url}/hello`)).headers.get("server-timing"), /^total;dur=\d+\.\d$/);
    assert.equal((await read(`${worker.url}/hello`)).headers.get("server-timing"), null);
  } finally {
    await timed.stop();
  }
});
