// Functions that answer HTTP, at /fn/…, in real workerd: what a guest is told, what a client gets, who may call.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { user } from "../product/platform.mjs";
import { announce, exchange, open as connect, until } from "../raw.mjs";
import { open, startExecutor } from "./rig.mjs";

/** What the upstream was last asked, as the proxy guest passed it on. */
let asked;

/** What would speak for the whole origin, which is not one function's alone. */
const ORIGIN_WIDE = {
  "service-worker-allowed": "/",
  "set-cookie": ["a=1; Path=/", "b=2; Domain=127.0.0.1"],
  "clear-site-data": '"*"',
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "alt-svc": 'h3=":443"',
  nel: '{"report_to":"g","max_age":9}',
  "report-to": '{"group":"g","max_age":9,"endpoints":[{"url":"https://a.example/"}]}',
  "reporting-endpoints": 'g="https://a.example/"',
};

/** Tells what it is asked, or answers as the path says. */
async function answer(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  asked = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces) };
  if (request.url === "/never") return;
  if (request.url.startsWith("/say?")) {
    // Headers as they are, a name and a value in turn; the body is sent back.
    const { status = 200, headers } = JSON.parse(decodeURIComponent(request.url.slice(5)));
    response.sendDate = false;
    response.writeHead(status, headers);
  }
  if (request.url === "/odd") {
    for (const [name, value] of Object.entries(ORIGIN_WIDE)) response.setHeader(name, value);
    response.setHeader("x-kept", ["1", "2"]);
    response.setHeader("x-hashi-outcome", "ok 0 0 warm restored");
    response.writeHead(418, { "content-type": "text/odd" });
  }
  response.end(request.method === "HEAD" ? undefined : asked.body);
}

let rig;
before(async () => {
  rig = await startExecutor({ answer });
  await rig.publish("hello", "hello-world", { trigger: "anonymous", permissions: { logging_enabled: true } });
  await rig.publish("as", "assemblyscript", { trigger: "anonymous", memory_pages: 1024 });
  await rig.publish("proxy", "proxy", { trigger: "anonymous", permissions: open });
});
after(() => rig?.stop());

const through = (path, options) => rig.trigger(`proxy/?to=${encodeURIComponent(rig.origin + path)}`, options);

test("a guest answers below its address", async () => {
  for (const [path, text] of [
    ["hello", "Hello, world!\n"],
    ["hello/", "Hello, world!\n"],
    ["hello?name=Ada", "Hello, Ada!\n"],
    ["hello/any/where?x=1&name=Bo", "Hello, Bo!\n"],
    ["as?name=Ada", "Hello from AssemblyScript, Ada!\n"],
  ]) {
    const { status, headers, ...given } = await rig.trigger(path);
    assert.deepEqual([status, given.text], [200, text], path);
    assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
    assert.match(headers.get("x-request-id"), /^[0-9a-f]+-[0-9a-f]{8}$/);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.match(headers.get("content-security-policy"), /^sandbox /);
    assert.deepEqual([headers.get("x-hashi-outcome"), headers.get("x-hashi-logs")], [null, null]);
  }
});

test("Server-Timing says what was warm, and so does the history", async () => {
  await rig.publish("timed", "hello-world", { trigger: "anonymous" });
  const timing = async () => (await rig.trigger("timed")).headers.get("server-timing");
  assert.equal(await timing(), "isolate;desc=cold, instance;desc=fresh");
  const { text } = await rig.trigger("timed");
  assert.equal(await timing(), "isolate;desc=warm, instance;desc=restored");
  const cold = await rig.remembered("timed", ({ warm }) => !warm);
  const warm = await rig.remembered("timed", ({ warm }) => warm);
  assert.deepEqual([cold.source, cold.http_status, cold.status], ["http", 200, "ok"]);
  assert.deepEqual([warm.cache_hit, warm.fuel], [true, cold.fuel], "a restored instance takes the same fuel");
  assert.deepEqual([warm.result, warm.result_bytes], [null, Buffer.byteLength(text)], "of an answer the size alone");
});

test("what a guest logs is in the history", async () => {
  await rig.trigger("hello?name=Grace");
  const found = await rig.remembered("hello", ({ logs }) => logs.some(({ message }) => message === "greeting Grace"));
  assert.equal(found?.logs[0].level, "info");
});

test("HEAD is answered without a body", async () => {
  const { status, text } = await rig.trigger("hello", { method: "HEAD" });
  assert.deepEqual([status, text], [200, ""]);
});

test("a guest gets method, headers and body as they came, and none of what is Hashi's", async () => {
  const body = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256));
  const given = await through("/", {
    method: "PUT",
    body,
    headers: {
      authorization: `Bearer ${rig.ann}`,
      cookie: "session=1",
      apikey: "anon",
      "x-api-key": "the function's own",
      "x-hashi-call": "1 fail",
      "x-hashi-outbound": "0 5000 http%3A%2F%2F127.0.0.1%3A22%2F",
      "x-forwarded-for": "10.0.0.1",
      "x-real-ip": "10.0.0.1",
      "content-type": "application/x-thing",
      "accept-language": "ja, en",
    },
  });
  assert.equal(given.status, 200, given.text);
  assert.deepEqual([asked.method, asked.url, asked.body.equals(body)], ["PUT", "/", true]);
  const { headers } = asked;
  assert.equal(headers["x-api-key"], "the function's own");
  assert.equal(headers["content-type"], "application/x-thing");
  assert.equal(headers["accept-language"], "ja, en");
  assert.equal(headers.host, new URL(rig.origin).host);
  for (const name of ["authorization", "cookie", "apikey", "x-forwarded-for", "x-real-ip"]) {
    assert.equal(headers[name], undefined, name);
  }
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith("x-hashi")),
    [],
  );
});

test("what a Connection header names ends with its connection", async () => {
  const to = `/fn/proxy/?to=${encodeURIComponent(`${rig.origin}/`)}`;
  const ask = (connection) =>
    exchange(rig.port, [`GET ${to} HTTP/1.1`, "host: hashi", `connection: ${connection}`, "x-named: 1", "x-kept: 1"]);
  assert.equal((await ask("close")).status, 200);
  assert.deepEqual([asked.headers["x-named"], asked.headers["x-kept"]], ["1", "1"]);
  assert.equal((await ask("close, X-Named")).status, 200);
  assert.deepEqual([asked.headers["x-named"], asked.headers["x-kept"]], [undefined, "1"]);
});

test("status, headers and body come out as the guest gave them", async () => {
  const { status, headers, text } = await through("/odd", { method: "POST", body: "橋" });
  assert.deepEqual([status, text, headers.get("content-type")], [418, "橋", "text/odd"]);
  assert.deepEqual([headers.get("x-kept"), headers.get("x-hashi-outcome")], ["1, 2", null]);
});

/** What a client gets of an answer that has these headers and this body. */
async function said(body, headers, status = 200) {
  const say = `${rig.origin}/say?${encodeURIComponent(JSON.stringify({ status, headers }))}`;
  const url = `${rig.url}/fn/proxy/?to=${encodeURIComponent(say)}`;
  const response = await fetch(url, { method: "POST", body: Buffer.from(body), redirect: "manual" });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

test("bodies come out byte for byte, long or short, text or not", async () => {
  const type = ["content-type", "text/plain; charset=utf-8"];
  const bodies = [
    "",
    "x",
    "\ufeffx",
    '\0\n\u2028"橋\u007f',
    "x".repeat(1024),
    "x".repeat(1025),
    "é".repeat(512),
    "é".repeat(513),
  ];
  const others = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x1f, 0x8b, 8, 0], Array.from({ length: 256 }, (_, at) => at)];
  for (const body of [...bodies.map((text) => [...Buffer.from(text)]), ...others]) {
    for (const headers of [type, ["content-type", "application/octet-stream"], []]) {
      const { response, bytes } = await said(body, headers);
      assert.equal(response.status, 200);
      assert.deepEqual([...bytes], body, `${headers}`);
      assert.equal(response.headers.get("content-type"), headers[1] ?? null, "no type of the platform's own");
      assert.equal(response.headers.get("content-length"), `${body.length}`);
      assert.equal(response.headers.get("x-hashi-outcome"), null);
    }
  }
});

test("headers come out as they are, with the platform's on top", async () => {
  const headers = [
    "x-a",
    "1",
    "X-A",
    "2",
    "x-latin",
    "caf\u00c3\u00a9",
    "x-empty",
    "",
    "x-spaced",
    "a\t b",
    "__proto__",
    "p",
    "7",
    "seven",
  ];
  const ours = [
    "x-request-id",
    "forged",
    "access-control-allow-origin",
    "https://a.example",
    "server-timing",
    "forged",
  ];
  const own = [
    "content-security-policy",
    "default-src 'none'",
    "cache-control",
    "max-age=60",
    "location",
    "/elsewhere",
  ];
  for (let round = 0; round < 2; round++) {
    const { response } = await said("x", [...headers, ...ours, ...own], 201);
    const told = (name) => response.headers.get(name);
    assert.equal(response.status, 201);
    assert.deepEqual(["x-a", "x-latin", "x-empty", "x-spaced", "__proto__", "7"].map(told), [
      "1, 2",
      "caf\u00c3\u00a9",
      "",
      "a\t b",
      "p",
      "seven",
    ]);
    assert.deepEqual(["cache-control", "location"].map(told), ["max-age=60", "/elsewhere"]);
    assert.match(told("x-request-id"), /^[0-9a-f]+-[0-9a-f]{8}$/);
    assert.equal(told("access-control-allow-origin"), "*");
    assert.match(told("server-timing"), /^isolate;desc=/);
    assert.match(told("content-security-policy"), /^default-src 'none', sandbox /);
  }
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => (await said("x", [])).response.headers.get("x-request-id")),
  );
  assert.equal(new Set(ids).size, 20, "each has an id of its own");
});

test("a status without a body has none, and keeps its headers", async () => {
  for (const status of [204, 304]) {
    const { response, bytes } = await said("", ["x-kept", "1"], status);
    assert.deepEqual([response.status, response.headers.get("x-kept"), bytes.length], [status, "1", 0]);
  }
});

test("a guest doesn't speak for the whole origin", async () => {
  const { headers } = await through("/odd", { method: "POST", body: "x" });
  for (const name of Object.keys(ORIGIN_WIDE)) assert.equal(headers.get(name), null, name);
});

test("a body may have 10 MiB and not more, declared or not", async () => {
  const most = Buffer.alloc(10 * 1024 * 1024, "x");
  const echoed = await rig.trigger("as", { method: "POST", body: most });
  assert.deepEqual([echoed.status, echoed.text.length], [200, most.length]);
  const more = Buffer.alloc(most.length + 1, "x");
  assert.deepEqual(await announce(rig.port, "/fn/as", more.length), [413, "body_too_large"]);
  assert.equal((await rig.remembered("as", ({ code }) => code !== null))?.code, "body_too_large");
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(more);
      controller.close();
    },
  });
  const streamed = await rig.trigger("as", { method: "POST", body: stream, duplex: "half" });
  assert.deepEqual([streamed.status, streamed.json.code], [413, "body_too_large"]);
});

test("a body that never comes ends the call", async () => {
  await rig.publish("patient", "assemblyscript", { trigger: "anonymous", max_execution_ms: 300 });
  const head = ["POST /fn/patient HTTP/1.1", "host: hashi", "connection: close", "content-length: 10"];
  const { status, body } = await exchange(rig.port, head, "half");
  assert.equal(status, 504);
  assert.equal(JSON.parse(body).code, "execution_timeout");
});

test("what a guest waited for its body it has no more", async () => {
  await rig.publish("waiting", "proxy", { trigger: "anonymous", permissions: open, max_execution_ms: 8000 });
  asked = undefined;
  const client = connect(rig.port);
  const to = encodeURIComponent(`${rig.origin}/never`);
  client.socket.write(`POST /fn/waiting/?to=${to} HTTP/1.1\r\nhost: hashi\r\ncontent-length: 2\r\n\r\na`);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  client.socket.write("b");
  await until(() => client.received !== "", 20_000);
  const row = await rig.remembered("waiting");
  client.socket.destroy();
  assert.equal(asked?.url, "/never", "its guest ran");
  assert.deepEqual([row.code, row.http_status], ["execution_timeout", 504]);
  // The same again for the guest would be 12,000.
  assert.ok(row.duration_ms < 11_000, String(row.duration_ms));
});

test("a client learns the code of what the guest says, and no more", async () => {
  const failed = await rig.trigger("as/fail");
  assert.deepEqual([failed.status, failed.json.code, failed.json.detail], [502, "guest_error", undefined]);
  const found = await rig.remembered("as", ({ code }) => code === "guest_error");
  assert.deepEqual([found.status, found.http_status], ["failed", 502]);
});

test("a call whose client leaves in the middle is remembered as that", async () => {
  asked = undefined;
  const client = connect(rig.port);
  const to = encodeURIComponent(`${rig.origin}/never`);
  client.socket.write(`GET /fn/proxy/?to=${to} HTTP/1.1\r\nhost: hashi\r\n\r\n`);
  await until(() => asked?.url === "/never");
  client.socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 200));
  // It is written with the next one.
  await rig.trigger("hello");
  const found = await rig.remembered("proxy", ({ code }) => code === "client_left");
  assert.deepEqual([found?.status, found?.http_status, found?.source], ["failed", 499, "http"]);
  const { json } = await rig.api(rig.ann, "GET", "/executions?function=proxy");
  assert.equal(json.executions.filter(({ code }) => code === "client_left").length, 1);
});

test("who leaves while a guest waits leaves nothing of it behind", async () => {
  await rig.publish("holder", "proxy", { trigger: "anonymous", permissions: open, memory_pages: 1024 });
  const body = Buffer.alloc(4_000_000, "x");
  const answered = `/fn/holder/?to=${encodeURIComponent(`${rig.origin}/`)}`;
  for (let calls = 0; calls < 20; calls++) {
    assert.equal((await fetch(rig.url + answered, { method: "POST", body })).status, 200);
  }
  const before = rig.memory();
  const head = `POST /fn/holder/?to=${encodeURIComponent(`${rig.origin}/never`)} HTTP/1.1\r\nhost: hashi\r\ncontent-length: ${body.length}\r\n\r\n`;
  for (let leavers = 0; leavers < 40; leavers++) {
    asked = undefined;
    const { socket } = connect(rig.port);
    socket.write(head);
    socket.write(body);
    await until(() => asked?.url === "/never");
    socket.resetAndDestroy();
  }
  // The memory of each has more than 8 MB, and V8 is to have let go of most of them by the next call.
  assert.equal((await fetch(rig.url + answered, { method: "POST", body })).status, 200);
  const grown = (rig.memory() - before) / 1e6;
  assert.ok(grown < 200, `${grown} MB more for 40 that left`);
});

test("a request may have a body that its method gives no meaning, whoever asks", async () => {
  for (const method of ["GET", "HEAD"]) {
    for (const body of ["", "abc"]) {
      for (const more of [[], ["cookie: a=1"], [`authorization: Bearer ${rig.ann}`]]) {
        const head = [`${method} /fn/hello?name=Ada HTTP/1.1`, "host: hashi", "connection: close", ...more];
        const { status, body: text } = await exchange(rig.port, [...head, `content-length: ${body.length}`], body);
        assert.deepEqual([status, text], [200, method === "GET" ? "Hello, Ada!\n" : ""], `${head} ${body}`);
      }
    }
  }
});

test("a preflight is answered for every guest", async () => {
  const headers = { origin: "https://a.example", "access-control-request-method": "PUT" };
  const preflight = await rig.trigger("hello", { method: "OPTIONS", headers });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods"), /PUT/);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
});

test("a trigger opens what it says, and what it doesn't open is not there", async () => {
  const bob = { headers: { authorization: `Bearer ${user("bob")}` } };
  await rig.publish("closed", "hello-world");
  await rig.publish("members", "hello-world", { trigger: "signed_in" });
  await rig.publish("seen", "hello-world", { trigger: "signed_in", visibility: "public" });
  const nowhere = await rig.trigger("no-such-function");
  const seen = ({ status, json }) => ({ status, ...json, requestId: undefined });
  assert.deepEqual([nowhere.status, nowhere.json.code], [404, "not_found"]);
  for (const given of [await rig.trigger("closed"), await rig.trigger("closed", bob), await rig.trigger("members")]) {
    assert.deepEqual(seen(given), seen(nowhere));
  }
  assert.equal((await rig.trigger("members", bob)).status, 200);
  assert.deepEqual([(await rig.trigger("seen")).status, (await rig.trigger("seen", bob)).status], [401, 200]);
  assert.equal((await rig.trigger("hello", { headers: { authorization: "Bearer nonsense" } })).status, 401);
});

test("a module that answers no HTTP says so", async () => {
  await rig.publish("worker", "earthquake-digest", { trigger: "anonymous" });
  const { status, json } = await rig.trigger("worker");
  assert.deepEqual([status, json.code], [404, "export_not_found"]);
  assert.match(json.detail, /no export handle/);
  const row = await rig.remembered("worker");
  assert.deepEqual([row.source, row.code, row.http_status], ["http", "export_not_found", 404]);
});

test("interleaved requests never mix", async () => {
  const names = Array.from({ length: 120 }, (_, at) => `n${at}`);
  const texts = await Promise.all(names.map(async (name) => (await rig.trigger(`hello?name=${name}`)).text));
  assert.deepEqual(
    texts,
    names.map((name) => `Hello, ${name}!\n`),
  );
});
