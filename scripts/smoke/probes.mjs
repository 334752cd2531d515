// What a deployment must answer. Each probe throws with what was expected and what came instead.
import assert from "node:assert/strict";

const json = (answer, type = "application/json") => {
  const got = answer.headers.get("content-type") ?? "none";
  assert.ok(got.startsWith(type), `content-type ${type}, got ${got}`);
  return JSON.parse(answer.text);
};

const status = (answer, wanted) => assert.equal(answer.status, wanted, `status ${wanted}, got ${answer.status}`);

/** A problem document (RFC 9457) with its six members. */
function problem(answer, wanted) {
  status(answer, wanted);
  const document = json(answer, "application/problem+json");
  for (const member of ["type", "title", "status", "detail", "code", "requestId"]) {
    assert.ok(member in document, `a problem with ${member}, got ${answer.text.slice(0, 200)}`);
  }
  assert.equal(document.status, wanted, `"status": ${wanted} in the problem, got ${document.status}`);
  return document;
}

/** The rows of a list, whichever envelope it has. */
function rows(document) {
  const found = Array.isArray(document) ? document : Object.values(document).find(Array.isArray);
  assert.ok(found, `a list of earthquakes, got ${JSON.stringify(document).slice(0, 200)}`);
  return found;
}

/**
 * @typedef {{ status: number, headers: Headers, text: string }} Answer
 * @typedef {{ name: string, run: (get: (path: string, init?: RequestInit) => Promise<Answer>) => Promise<string | void> }} Probe
 */

/** @type {Probe[]} */
export const probes = [
  {
    name: "GET / lists the routes",
    async run(get) {
      const answer = await get("/");
      status(answer, 200);
      assert.match(answer.text, /earthquake\/list/, "a page that names /earthquake/list");
    },
  },
  {
    name: "GET /hello",
    async run(get) {
      const answer = await get("/hello");
      status(answer, 200);
      assert.ok(answer.text.length > 0, "a text, got nothing");
    },
  },
  {
    name: "GET /healthz says the version",
    async run(get) {
      const answer = await get("/healthz");
      status(answer, 200);
      const { version } = json(answer);
      assert.match(String(version), /^\d+\.\d+\.\d+/, `a version, got ${answer.text.slice(0, 200)}`);
      return `version ${version}`;
    },
  },
  {
    name: "GET /earthquake/list?limit=3",
    async run(get) {
      const answer = await get("/earthquake/list?limit=3");
      status(answer, 200);
      const list = rows(json(answer));
      assert.equal(list.length, 3, `3 rows, got ${list.length}`);
      const times = list.map((row) => Date.parse(row.origin_time));
      assert.ok(
        times.every((time, i) => i === 0 || times[i - 1] >= time),
        `newest first, got ${list.map((row) => row.origin_time)}`,
      );
      return `newest ${list[0].origin_time}`;
    },
  },
  {
    name: "GET /api/v1/functions",
    async run(get) {
      const answer = await get("/api/v1/functions?limit=3");
      status(answer, 200);
      const { functions } = json(answer);
      assert.ok(Array.isArray(functions), `a list of functions, got ${answer.text.slice(0, 200)}`);
      return `${functions.length} public`;
    },
  },
  {
    name: "history is for who is signed in",
    async run(get) {
      const document = problem(await get("/api/v1/executions"), 401);
      assert.equal(document.code, "unauthorized", `code unauthorized, got ${document.code}`);
    },
  },
  {
    name: "GET /openapi.json",
    async run(get) {
      const answer = await get("/openapi.json");
      status(answer, 200);
      assert.equal(json(answer).openapi, "3.1.0");
    },
  },
  {
    name: "the list as GeoJSON and as CSV",
    async run(get) {
      const geojson = await get("/earthquake/list?limit=2&format=geojson");
      status(geojson, 200);
      const { type, features } = json(geojson, "application/geo+json");
      assert.ok(
        type === "FeatureCollection" && features?.length === 2,
        `2 features, got ${geojson.text.slice(0, 200)}`,
      );
      const csv = await get("/earthquake/list?limit=2&format=csv");
      status(csv, 200);
      const lines = csv.text.trimEnd().split(/\r?\n/);
      assert.ok(
        lines.length === 3 && lines[0].startsWith("event_id,"),
        `a header and 2 lines, got ${csv.text.slice(0, 200)}`,
      );
    },
  },
  {
    name: "GET /earthquake/{event_id}",
    async run(get) {
      const [first] = rows(json(await get("/earthquake/list?limit=1")));
      const answer = await get(`/earthquake/${first.event_id}`);
      status(answer, 200);
      assert.equal(
        json(answer).event_id,
        first.event_id,
        `the event ${first.event_id}, got ${answer.text.slice(0, 200)}`,
      );
      problem(await get("/earthquake/no-such-event"), 404);
    },
  },
  {
    name: "GET /earthquake/stats",
    async run(get) {
      const answer = await get("/earthquake/stats?by=type");
      status(answer, 200);
      const groups = json(answer);
      const whole = Array.isArray(groups) && groups.length > 0 && groups.every(({ key, count }) => key && count > 0);
      assert.ok(whole, `groups with key and count, got ${answer.text.slice(0, 200)}`);
    },
  },
  {
    name: "limit=0 is refused by name",
    async run(get) {
      const document = problem(await get("/earthquake/list?limit=0"), 400);
      assert.match(document.detail, /limit/, `a detail that names limit, got ${document.detail}`);
    },
  },
  {
    name: "an unknown path is a 404 problem",
    run: async (get) => void problem(await get("/no/such/path"), 404),
  },
  {
    name: "a wrong method is a 405 with Allow",
    async run(get) {
      const answer = await get("/earthquake/list", { method: "DELETE" });
      problem(answer, 405);
      const allow = answer.headers.get("allow") ?? "none";
      assert.match(allow, /\bGET\b/, `Allow with GET, got ${allow}`);
    },
  },
  {
    name: "a malformed escape is a 400 problem",
    run: async (get) => void problem(await get("/earthquake/%zz"), 400),
  },
  {
    name: "HEAD has GET's headers and no body",
    async run(get) {
      const head = await get("/hello", { method: "HEAD" });
      status(head, 200);
      assert.equal(head.text, "", `no body, got ${head.text.length} characters`);
      const type = (await get("/hello")).headers.get("content-type");
      assert.equal(head.headers.get("content-type"), type, `content-type ${type}`);
    },
  },
  {
    name: "OPTIONS answers a browser's preflight",
    async run(get) {
      const headers = { origin: "https://example.com", "access-control-request-method": "GET" };
      const answer = await get("/earthquake/list", { method: "OPTIONS", headers });
      assert.ok(answer.status === 200 || answer.status === 204, `status 200 or 204, got ${answer.status}`);
      const origin = answer.headers.get("access-control-allow-origin") ?? "none";
      assert.ok(["*", "https://example.com"].includes(origin), `Access-Control-Allow-Origin, got ${origin}`);
      const methods = answer.headers.get("access-control-allow-methods") ?? "none";
      assert.match(methods, /\bGET\b/, `Access-Control-Allow-Methods with GET, got ${methods}`);
    },
  },
  {
    name: "each request has an id of its own",
    async run(get) {
      const ids = await Promise.all([get("/hello"), get("/hello")]);
      const [a, b] = ids.map((answer) => answer.headers.get("x-request-id"));
      assert.ok(a && b && a !== b, `two different x-request-id, got ${a} and ${b}`);
    },
  },
  {
    name: "/rest/v1 reaches Supabase",
    async run(get) {
      const answer = await get("/rest/v1/earthquake?select=event_id&limit=1");
      status(answer, 200);
      const list = json(answer);
      assert.ok(list.length === 1 && list[0].event_id, `one row with event_id, got ${answer.text.slice(0, 200)}`);
    },
  },
];
