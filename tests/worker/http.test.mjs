// HTTP as clients really send it: bodies and their limits, methods, paths byte by byte.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { exchange, open, parse, until } from "./raw.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const post = (path, body, headers = {}) =>
  fetch(rig.url + path, { method: "POST", body, headers, duplex: "half", signal: AbortSignal.timeout(10_000) });
const get = (target, ...more) =>
  exchange(rig.port, [`GET ${target} HTTP/1.1`, "host: rig.test", "connection: close", ...more]);

async function assertProblem(response, status, code, detail = /./) {
  const problem = await response.json();
  assert.equal(response.status, status, JSON.stringify(problem));
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(problem.code, code);
  assert.match(problem.detail, detail);
  assert.equal(problem.requestId, response.headers.get("x-request-id"));
}

test("bytes come back as they went in", async () => {
  for (const length of [0, 1, 65_536, 5_000_000]) {
    const body = Buffer.alloc(
      length,
      Uint8Array.from({ length: 256 }, (_, at) => at),
    );
    const response = await post("/echo/bytes", body);
    assert.ok(body.equals(Buffer.from(await response.arrayBuffer())), `${length} bytes`);
  }
});

test("a body of exactly the limit is taken, one byte more is a 413, declared or chunked", async () => {
  const bytes = (length) => Buffer.alloc(length, "z");
  const chunked = (length) =>
    (async function* () {
      for (let left = length; left > 0; left -= 100) yield bytes(Math.min(left, 100));
    })();
  assert.equal((await (await post("/echo/small", bytes(1024))).arrayBuffer()).byteLength, 1024);
  assert.equal((await (await post("/echo/small", chunked(1024))).arrayBuffer()).byteLength, 1024);
  await assertProblem(await post("/echo/small", bytes(1025)), 413, "body_too_large", /1024 bytes/);
  await assertProblem(await post("/echo/small", chunked(1025)), 413, "body_too_large", /1024 bytes/);
});

test("a body that is too large is refused before it has been sent whole", async () => {
  for (const [framing, piece] of [
    ["content-length: 1000000000", "x".repeat(2000)],
    ["transfer-encoding: chunked", `7d0\r\n${"x".repeat(2000)}\r\n`],
  ]) {
    const client = open(rig.port);
    client.socket.write(`POST /echo/small HTTP/1.1\r\nhost: rig\r\n${framing}\r\n\r\n${piece}`);
    await until(() => client.received.includes("body_too_large"));
    assert.equal(parse(client.received).status, 413, framing);
    client.socket.destroy();
  }
});

test("JSON is read into a type and written again; what is wrong with it is said", async () => {
  const json = { "content-type": "application/json" };
  const note = { title: '橋 "q"', count: 7, tags: ["a", "b"] };
  assert.deepEqual(await (await post("/echo/json", JSON.stringify(note), json)).json(), note);
  const sent = (body, headers = json) => post("/echo/json", body, headers);
  await assertProblem(await sent("{"), 400, "invalid_body", /EOF/);
  await assertProblem(await sent(JSON.stringify({ ...note, count: -1 })), 400, "invalid_body", /-1/);
  await assertProblem(await sent(JSON.stringify({ ...note, more: 1 })), 400, "invalid_body", /more/);
  await assertProblem(await sent(JSON.stringify({ title: "x" })), 400, "invalid_body", /count/);
  await assertProblem(await sent(""), 400, "invalid_body");
  await assertProblem(
    await sent(JSON.stringify(note), { "content-type": "text/plain" }),
    415,
    "unsupported_media_type",
    /application\/json/,
  );
  await assertProblem(await sent("[".repeat(100_000)), 400, "invalid_body", /sequence/);
});

test("JSON is validated and comes back byte for byte, declared or chunked", async () => {
  const json = { "content-type": "application/json" };
  const pieces = (bytes) =>
    (async function* () {
      const step = Math.max(3, bytes.length >> 6);
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    })();
  const deep = (depth) => "[".repeat(depth) + "]".repeat(depth);
  for (const text of [
    '{"b" :1,\n"a":[1.50, 1e3, -0, true,null]}',
    '" \\u0041 é 橋 \u{1f309} \ufffd "',
    "0",
    deep(120),
    deep(121),
    deep(100_000),
    JSON.stringify("x".repeat(20_000)),
  ]) {
    const bytes = Buffer.from(text);
    for (const body of [bytes, pieces(bytes)]) {
      const response = await post("/echo/raw-json", body, json);
      assert.equal(response.status, 200, text.slice(0, 60));
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())), text.slice(0, 60));
    }
  }
  const cut = (...bytes) => Buffer.from([0x22, ...bytes, 0x22]);
  for (const [bytes, said] of [
    [cut(0xff), /UTF-8/],
    [cut(0xc3), /UTF-8/],
    [cut(0xe6, 0xa9), /UTF-8/],
    [cut(0xed, 0xa0, 0x80), /UTF-8/],
    [Buffer.from("\ufeff1"), /byte order mark/],
    [Buffer.from("[1,]"), /line 1 column 4/],
    [Buffer.from("01"), /line 1 column 2/],
    [Buffer.from('"a\u0001"'), /control character/],
    [Buffer.from(""), /EOF/],
  ]) {
    await assertProblem(await post("/echo/raw-json", bytes, json), 400, "invalid_body", said);
    await assertProblem(await post("/echo/raw-json", pieces(bytes), json), 400, "invalid_body", said);
  }
  // Only in pieces are the bytes seen themselves.
  const hidden = cut(0xf0, 0x9f, 0x8c);
  assert.equal(await (await post("/echo/raw-json", hidden, json)).text(), '"\ufffd"');
  await assertProblem(await post("/echo/raw-json", pieces(hidden), json), 400, "invalid_body", /UTF-8/);
});

test("forms are read strictly", async () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const fields = { name: "a b&c=d", place: "São Paulo" };
  assert.deepEqual(await (await post("/echo/form", new URLSearchParams(fields))).json(), fields);
  await assertProblem(await post("/echo/form", "a=%zz", form), 400, "invalid_body", /percent/);
  await assertProblem(await post("/echo/form", "a=1&a=2", form), 400, "invalid_body", /one value/);
});

test("multipart parts are read piece by piece, larger than what may be held", async () => {
  const file = new Uint8Array(30_000_000).fill(1);
  const body = new FormData();
  body.set("note", "hello");
  body.set("file", new File([file], "../a.bin", { type: "application/wasm" }));
  const before = await (await fetch(`${rig.url}/instance`)).json();
  const parts = await (await post("/echo/multipart", body)).json();
  assert.equal(parts.length, 2);
  assert.deepEqual({ name: parts[0].name, bytes: parts[0].bytes }, { name: "note", bytes: 5 });
  const { pieces, largest, ...rest } = parts[1];
  assert.deepEqual(rest, {
    name: "file",
    file_name: "../a.bin",
    content_type: "application/wasm",
    bytes: file.length,
    sum: file.length,
  });
  assert.ok(pieces > 100 && largest < 1_000_000, `${pieces} pieces, the largest of ${largest} bytes`);
  const after = await (await fetch(`${rig.url}/instance`)).json();
  assert.equal(after.instance, before.instance);
  assert.ok(after.memory - before.memory < 4 << 20, `memory grew by ${after.memory - before.memory} bytes`);
});

test("a multipart body whose part begins with headers without end is refused long before its end", async () => {
  const before = await (await fetch(`${rig.url}/instance`)).json();
  const client = open(rig.port);
  const head = ["POST /echo/multipart HTTP/1.1", "host: rig", "content-type: multipart/form-data; boundary=b"];
  client.socket.write(`${head.join("\r\n")}\r\ncontent-length: 50000000\r\n\r\n--b\r\nx-note: ${"y".repeat(40_000)}`);
  await until(() => client.received.includes("16384 bytes"));
  const answer = parse(client.received);
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [400, "invalid_body"]);
  client.socket.destroy();
  const after = await (await fetch(`${rig.url}/instance`)).json();
  assert.deepEqual(after, before, "the instance is the same and has not grown");
});

test("a multipart body that is cut off or has no boundary is refused", async () => {
  const type = (value) => ({ "content-type": value });
  const cut = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nhalf';
  await assertProblem(await post("/echo/multipart", cut, type("multipart/form-data; boundary=b")), 400, "invalid_body");
  await assertProblem(await post("/echo/multipart", cut, type("multipart/form-data")), 400, "invalid_body", /boundary/);
  await assertProblem(await post("/echo/multipart", cut, type("text/plain")), 415, "unsupported_media_type");
});

test("HEAD is GET without its body, and says the same length", async () => {
  const [head, full] = await Promise.all(["HEAD", "GET"].map((method) => fetch(`${rig.url}/hello`, { method })));
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  for (const name of ["content-length", "content-type"])
    assert.equal(head.headers.get(name), full.headers.get(name), name);
  const missing = await fetch(`${rig.url}/nowhere`, { method: "HEAD" });
  assert.deepEqual([missing.status, await missing.text()], [404, ""]);
});

test("OPTIONS tells the methods, and a preflight what a browser wants to know", async () => {
  const plain = await fetch(`${rig.url}/hello`, { method: "OPTIONS" });
  assert.deepEqual([plain.status, plain.headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
  const headers = {
    origin: "https://app.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, x-mark",
  };
  const asked = await exchange(rig.port, [
    "OPTIONS /echo/json HTTP/1.1",
    "host: rig.test",
    "connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]);
  assert.equal(asked.status, 204);
  assert.equal(asked.headers["access-control-allow-origin"], "*");
  assert.equal(asked.headers["access-control-allow-methods"], "POST, OPTIONS");
  assert.equal(asked.headers["access-control-allow-headers"], "authorization, x-mark");
  assert.equal(asked.headers["access-control-allow-credentials"], undefined);
});

test("a method that a path doesn't take is a 405 with what it takes; a word that is no method too", async () => {
  for (const method of ["DELETE", "PROPFIND"]) {
    const response = await exchange(rig.port, [`${method} /hello HTTP/1.1`, "host: rig.test", "connection: close"]);
    assert.deepEqual([response.status, response.headers.allow], [405, "GET, HEAD, OPTIONS"], method);
    await rig.waitForLog(({ json }) => json?.target === "access" && json.method === method && json.status === 405);
  }
  // The server itself refuses words that it doesn't know.
  const brewed = await exchange(rig.port, ["BREW /hello HTTP/1.1", "host: rig.test", "connection: close"]);
  assert.equal(brewed.status, 501);
});

test("a preflight is answered where the path's slash is wrong: a browser takes no redirect for an answer", async () => {
  const headers = ["origin: https://app.example", "access-control-request-method: GET"];
  for (const path of ["/hello/", "/slash"]) {
    const asked = await exchange(rig.port, [
      `OPTIONS ${path} HTTP/1.1`,
      "host: rig.test",
      "connection: close",
      ...headers,
    ]);
    assert.deepEqual([asked.status, asked.headers["access-control-allow-methods"]], [204, "GET, HEAD, OPTIONS"], path);
  }
});

test("a response says how long it took, where the layer is on", async () => {
  const response = await fetch(`${rig.url}/who/timed?first=120&second=0`, { method: "POST", body: "" });
  const [, elapsed] = /^total;dur=(\d+\.\d)$/.exec(response.headers.get("server-timing")) ?? [];
  assert.ok(Number(elapsed) >= 100, `${response.headers.get("server-timing")}`);
});

test("the route table is built once for an isolate, whatever it answers", async () => {
  await Promise.all(Array.from({ length: 50 }, (_, at) => fetch(`${rig.url}/${at % 2 ? "hello" : "nowhere"}`)));
  assert.equal((await (await fetch(`${rig.url}/instance`)).json()).tables, 1);
});

test("an unknown path is a 404 problem under its own id", async () => {
  await assertProblem(await fetch(`${rig.url}/nowhere`), 404, "not_found");
});

test("a slash too many or too few at the end is a redirect, its query kept, and never to another host", async () => {
  const more = await get("/slash?a=%20b");
  assert.deepEqual([more.status, more.headers.location], [308, "/slash/?a=%20b"]);
  const less = await get("/hello/");
  assert.deepEqual([less.status, less.headers.location], [308, "/hello"]);
  for (const target of ["//evil.example/hello/", "//hello/", "/%2Fhello/", "/\\evil.example/"]) {
    const response = await get(target);
    assert.equal(response.status, 404, target);
  }
});

test("a path's parameters are decoded, each within its segment", async () => {
  for (const [target, text] of [
    ["/path/a%20b/end", "a b"],
    ["/path/a%2Fb/end", "a/b"],
    ["/path/a%252Fb/end", "a%2Fb"],
    ["/path/%E6%A9%8B/end", "橋"],
    ["/path/a+b/end", "a+b"],
    ["/path/100%25/end", "100%"],
    ["/rest/a/b%2Fc/d", "a/b/c/d"],
    ["/%70ath/x/end", "x"],
  ]) {
    const response = await get(target);
    assert.equal(response.status, 200, `${target}: ${response.body}`);
    assert.equal(Buffer.from(response.body, "latin1").toString(), text, target);
  }
});

test("a malformed escape is a 400, never a guess", async () => {
  for (const target of [
    "/path/%/end",
    "/path/%2/end",
    "/path/%zz/end",
    "/path/%ff/end",
    "/path/%C0%AF/end",
    "/path/a%00b/end",
    "/path/%0a/end",
  ]) {
    const response = await get(target);
    assert.equal(response.status, 400, `${target}: ${response.body}`);
    assert.equal(JSON.parse(response.body).code, "malformed_path", target);
  }
});

test("dot segments don't climb, however they are written", async () => {
  // The host resolves them, encoded ones too, before the Worker sees the path.
  for (const target of [
    "/path/../hello",
    "/path/%2e%2e/hello",
    "/path/%2E./hello",
    "/./hello",
    "/%2e/hello",
    "/../../hello",
  ]) {
    const response = await get(target);
    assert.ok(response.body === "hello" || response.status === 400, `${target}: ${response.status} ${response.body}`);
  }
  for (const target of ["/rest/a/..%2F..%2Fhello", "/rest/..%2fhello"]) {
    const response = await get(target);
    assert.ok(response.status === 400 || response.body.includes(".."), `${target}: ${response.body}`);
    assert.notEqual(response.body, "hello");
  }
});

test("an absolute request target is served by its path; the Host header can't change what is served", async () => {
  const absolute = await exchange(rig.port, [
    "GET http://other.example/hello HTTP/1.1",
    "host: rig.test",
    "connection: close",
  ]);
  assert.equal(absolute.body, "hello");
  const odd = await exchange(rig.port, ["GET /hello HTTP/1.1", "host: evil/path?x", "connection: close"]);
  assert.ok(odd.status >= 400 || odd.body === "hello", `${odd.status} ${odd.body}`);
});

test("a header of a request can't become a header of the answer", async () => {
  const response = await get("/header?name=x-note&value=a%0d%0ax-forged:%201");
  assert.equal(response.status, 500);
  assert.ok(response.lines.every((line) => !/^x-forged/i.test(line)));
  const smuggled = await exchange(rig.port, [
    "GET /hello HTTP/1.1",
    "host: rig.test",
    "x-mark: a\rx-forged: 1",
    "connection: close",
  ]);
  assert.ok(smuggled.lines.every((line) => !/^x-forged/i.test(line)));
});

test("a request that is two requests in one is refused or read as one", async () => {
  const response = await exchange(
    rig.port,
    [
      "POST /echo/small HTTP/1.1",
      "host: rig.test",
      "content-length: 4",
      "transfer-encoding: chunked",
      "connection: close",
    ],
    "0\r\n\r\nGET /hello HTTP/1.1\r\nhost: rig.test\r\n\r\n",
  );
  assert.ok(response.status >= 400 || !response.body.includes("hello"), `${response.status} ${response.body}`);
});
