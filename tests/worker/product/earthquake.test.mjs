// The earthquake API in real workerd, its answers compared with SQL on the very database that it reads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { read, startBoth } from "./product.mjs";

let both;
let url;
before(async () => {
  both = await startBoth({ vars: { CACHE: "off" } });
  url = both.worker.url;
});
after(() => both?.stop());

const list = (query) => read(`${url}/earthquake/list${query}`);

async function ids(where = "true", tail = "") {
  const { rows } = await both.supabase.db.query(
    `select event_id from public.earthquake where ${where} order by origin_time desc, event_id desc ${tail}`,
  );
  return rows.map((row) => row.event_id);
}

test("what an event or a list doesn't know is refused by name", async () => {
  for (const [path, detail] of [
    ["/earthquake/us1000chhc?x=1", "x: unknown parameter; an event takes none"],
    ["/earthquake/list?limit=1&limit=2", 'limit: expected one value, got "1" and "2"'],
    [
      "/earthquake/list?since=2018-02-02&until=2018-02-01T12:00:00Z",
      "since: expected a time before until, which is 2018-02-01T12:00:00Z, got 2018-02-02T00:00:00Z",
    ],
  ]) {
    const { status, json } = await read(`${both.worker.url}${path}`);
    assert.deepEqual([status, json.code, json.detail], [400, "invalid_parameter", detail]);
  }
});

test("without parameters: the ten newest events, whole rows", async () => {
  const { status, headers, json } = await list("");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(
    json.map((row) => row.event_id),
    await ids("true", "limit 10"),
  );
  assert.equal(Object.keys(json[0]).length, 21);
  assert.equal(typeof json[0].magnitude, "number");
});

const FILTERS = [
  ["min_magnitude=5", "magnitude >= 5"],
  ["max_magnitude=-0.5", "magnitude <= -0.5"],
  ["min_magnitude=1.5&max_magnitude=1.6", "magnitude between 1.5 and 1.6"],
  ["since=2018-02-06", "origin_time >= '2018-02-06T00:00:00Z'"],
  ["until=2018-01-31T03:00:00%2B01:00", "origin_time < '2018-01-31T02:00:00Z'"],
  ["since=2018-02-03&until=2018-02-04", "origin_time >= '2018-02-03Z' and origin_time < '2018-02-04Z'"],
  ["min_depth=300", "depth_km >= 300"],
  ["max_depth=-2", "depth_km <= -2"],
  ["bbox=-125,32,-114,42", "longitude between -125 and -114 and latitude between 32 and 42"],
  ["bbox=170,-50,-170,60", "(longitude >= 170 or longitude <= -170) and latitude between -50 and 60"],
  ["q=JAPAN", "place ilike '%japan%'"],
  ["q=%25", "strpos(place, '%') > 0"],
  ["q=.*", "strpos(place, '.*') > 0"],
  ["q=CA%20", "place ilike '%ca %'"],
  ["event_type=quarry%20blast", "event_type = 'quarry blast'"],
  [
    "near=35.7,139.7,800",
    "6371.0088 * acos(least(1, sin(radians(latitude)) * sin(radians(35.7)) + cos(radians(latitude)) * cos(radians(35.7)) * cos(radians(longitude - 139.7)))) <= 800",
  ],
  [
    "near=-17,179.9,600&min_magnitude=4",
    "magnitude >= 4 and 6371.0088 * acos(least(1, sin(radians(latitude)) * sin(radians(-17)) + cos(radians(latitude)) * cos(radians(-17)) * cos(radians(longitude - 179.9)))) <= 600",
  ],
];

for (const [query, where] of FILTERS) {
  test(`${query} chooses what SQL chooses`, async () => {
    const { status, json, text } = await list(`?limit=100&${query}`);
    assert.equal(status, 200, text);
    assert.deepEqual(
      json.map((row) => row.event_id),
      await ids(where, "limit 100"),
    );
  });
}

test("the filters above choose something, but not everything", async () => {
  for (const [query, where] of FILTERS) {
    const count = (await ids(where)).length;
    assert.ok(
      query.startsWith("q=%25") || query.startsWith("q=.*") || (count > 0 && count < 1707),
      `${query}: ${count}`,
    );
  }
});

test("paging by Link goes through all 1,707 events, each once, in order", async () => {
  const seen = [];
  let next = "/earthquake/list?limit=100&format=json";
  for (let page = 0; next; page++) {
    assert.ok(page < 20, "the pages don't end");
    const { status, headers, json } = await read(url + next);
    assert.equal(status, 200);
    seen.push(...json.map((row) => row.event_id));
    next = headers.get("link")?.match(/^<(.*)>; rel="next"$/)?.[1];
    assert.equal(Boolean(next), seen.length < 1707);
  }
  assert.deepEqual(seen, await ids());
});

test("events of the same instant are neither lost nor doubled between pages", async () => {
  const { db } = both.supabase;
  await db.query(`insert into public.earthquake (event_id, origin_time, updated_at, latitude, longitude, event_type, status, network)
    select 'same' || n, '1990-01-01T00:00:00.5Z', now(), 0, 0, 'earthquake', 'reviewed', 'xx' from generate_series(1, 5) as n`);
  try {
    const seen = [];
    let next = "/earthquake/list?limit=2&until=2000-01-01";
    while (next) {
      const { headers, json } = await read(url + next);
      seen.push(...json.map((row) => row.event_id));
      next = headers.get("link")?.match(/<(.*)>/)[1];
    }
    assert.deepEqual(seen, ["same5", "same4", "same3", "same2", "same1"]);
  } finally {
    await db.query("delete from public.earthquake where event_id like 'same%'");
  }
});

test("the last page has no Link, even if it is full", async () => {
  const { rows } = await both.supabase.db.query(
    "select count(*)::int as n from public.earthquake where magnitude >= 5",
  );
  const { headers, json } = await list(`?min_magnitude=5&limit=${rows[0].n}`);
  assert.equal(json.length, rows[0].n);
  assert.equal(headers.get("link"), null);
});

test("GeoJSON is a FeatureCollection of the same events", async () => {
  const { headers, json } = await list("?limit=3&format=geojson");
  const rows = (await list("?limit=3")).json;
  assert.equal(headers.get("content-type"), "application/geo+json");
  assert.equal(json.type, "FeatureCollection");
  assert.deepEqual(
    json.features.map((feature) => feature.properties),
    rows,
  );
  assert.deepEqual(json.features[0].geometry, { type: "Point", coordinates: [rows[0].longitude, rows[0].latitude] });
  assert.equal(json.features[0].id, rows[0].event_id);
});

test("CSV is what Postgres itself would write", async () => {
  const { headers, text } = await list("?limit=20&format=csv");
  assert.equal(headers.get("content-type"), "text/csv; charset=utf-8");
  const rows = (await list("?limit=20")).json;
  const lines = text.trimEnd().split("\r\n");
  assert.equal(lines[0], Object.keys(rows[0]).join(","));
  assert.equal(lines.length, 21);
  const quoted = (value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  assert.deepEqual(
    lines.slice(1),
    rows.map((row) =>
      Object.values(row)
        .map((value) => quoted(String(value ?? "")))
        .join(","),
    ),
  );
  assert.ok(
    lines.some((line) => line.includes('"')),
    "a place with a comma is among them",
  );
});

const BAD = [
  ["?limit=0", 'limit: expected a whole number from 1 to 100, got "0"'],
  ["?limit=101", 'limit: expected a whole number from 1 to 100, got "101"'],
  ["?limit=ten", 'limit: expected a whole number from 1 to 100, got "ten"'],
  ["?min_magnitude=big", 'min_magnitude: expected a number from -10 to 10, got "big"'],
  ["?since=2018-02-30", "since: expected a date"],
  ["?until=2018-02-06T12:00:00+09:00", "until: expected a date"],
  ["?bbox=1,2,3", "bbox: expected west,south,east,north"],
  ["?near=1,2", "near: expected lat,lon,km"],
  ["?cursor=abc", "cursor: expected the cursor of a Link header"],
  ["?format=xml", 'format: expected json, geojson or csv, got "xml"'],
  ["?lmit=3", "lmit: unknown parameter; the known ones are limit"],
  ["?limit=1&limit=2", 'limit: expected one value, got "1" and "2"'],
  ["?q=%zz", "q: malformed percent-escape"],
];

for (const [query, detail] of BAD) {
  test(`${query} is refused with its reason`, async () => {
    const { status, headers, json } = await list(query);
    assert.equal(status, 400);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(json.code, "invalid_parameter");
    assert.ok(json.detail.startsWith(detail), json.detail);
    assert.equal(json.requestId, headers.get("x-request-id"));
  });
}

test("SQL and filter syntax in text parameters stays text", async () => {
  for (const text of [
    "'; drop table earthquake; --",
    "x),or(event_id.neq.y",
    "*",
    "a,b",
    '"',
    "\\\\",
    "((",
    "[[",
    "***:x",
    "a|b",
    "橋",
  ]) {
    const { status, json } = await list(`?q=${encodeURIComponent(text)}`);
    assert.deepEqual([status, json], [200, []], text);
    assert.equal((await list(`?event_type=${encodeURIComponent(text)}`)).json.length, 0, text);
  }
  assert.equal((await ids()).length, 1707);
});

test("one event, one that does not exist, and an id that can't be one", async () => {
  const [id] = await ids("magnitude is not null", "limit 1");
  const { status, json } = await read(`${url}/earthquake/${id}`);
  assert.deepEqual([status, json.event_id], [200, id]);
  assert.deepEqual(
    json,
    (await list("?limit=100")).json.find((row) => row.event_id === id),
  );
  const missing = await read(`${url}/earthquake/none0`);
  assert.deepEqual([missing.status, missing.json.code], [404, "not_found"]);
  const wrong = await read(`${url}/earthquake/a.b`);
  assert.deepEqual([wrong.status, wrong.json.code], [400, "invalid_parameter"]);
});

for (const [by, key] of [
  ["day", "to_char(origin_time at time zone 'UTC', 'YYYY-MM-DD')"],
  ["magnitude", "coalesce(floor(magnitude)::int::text, 'unknown')"],
  ["type", "event_type"],
]) {
  test(`statistics by ${by} are SQL's`, async () => {
    const { status, json } = await read(`${url}/earthquake/stats?by=${by}`);
    assert.equal(status, 200);
    const { rows } = await both.supabase.db.query(
      `select ${key} as key, count(*)::int as count, max(magnitude) as max from public.earthquake group by 1`,
    );
    const sorted = (list) => [...list].sort((a, b) => (a.key < b.key ? -1 : 1));
    assert.deepEqual(
      sorted(json).map((row) => [row.key, row.count, row.max_magnitude]),
      sorted(rows).map((row) => [row.key, row.count, row.max]),
    );
    assert.equal(
      json.reduce((sum, row) => sum + row.count, 0),
      1707,
    );
  });
}

test("statistics by anything else are refused", async () => {
  const { status, json } = await read(`${url}/earthquake/stats?by=moon`);
  assert.deepEqual([status, json.detail], [400, 'by: expected one of day, magnitude, type, got "moon"']);
  assert.equal((await read(`${url}/earthquake/stats`)).json.detail, "by: missing; it is required");
});

test("a client that has the list gets 304", async () => {
  const first = await list("?limit=2");
  const etag = first.headers.get("etag");
  assert.match(etag, /^"[0-9a-f]{16}"$/);
  const again = await read(`${url}/earthquake/list?limit=2`, { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, again.text], [304, ""]);
  const other = await read(`${url}/earthquake/list?limit=3`, { headers: { "if-none-match": etag } });
  assert.equal(other.status, 200);
});

test("HEAD, OPTIONS and other methods", async () => {
  const head = await read(`${url}/earthquake/list?limit=1`, { method: "HEAD" });
  assert.deepEqual([head.status, head.text], [200, ""]);
  assert.ok(Number(head.headers.get("content-length")) > 100);
  const preflight = await read(`${url}/earthquake/list`, {
    method: "OPTIONS",
    headers: { "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
  });
  assert.deepEqual(
    [preflight.status, preflight.headers.get("access-control-allow-methods")],
    [204, "GET, HEAD, OPTIONS"],
  );
  const post = await read(`${url}/earthquake/list`, { method: "POST" });
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
});

test("/, /hello and /healthz", async () => {
  const page = await read(`${url}/`);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal((await read(`${url}/hello`)).text, "Hello from Hashi, in Rust on the edge.\n");
  const health = await read(`${url}/healthz`);
  assert.deepEqual([health.status, health.json.status, health.json.supabase], [200, "ok", "ok"]);
});
