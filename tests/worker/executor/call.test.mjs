// Calls by the API in real workerd, through upload and bundle: results, arguments, limits, and a code for each failure.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { shelfGuest } from "../../guest/glue/rig.mjs";
import { user } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { announce, exchange } from "../raw.mjs";
import { open, startExecutor } from "./rig.mjs";

let rig;
before(async () => {
  rig = await startExecutor();
  const permissions = { ...open };
  await rig.publish("misbehave", "misbehave", { permissions, max_fuel: 50_000_000 });
});
after(() => rig?.stop());

const call = (...args) => rig.call("misbehave", ...args);

test("a call gives its result and what it took", async () => {
  const answer = await call("answer-at-length", [3]);
  assert.equal(answer.status, 200, answer.text);
  const { result, module, ...facts } = answer.json;
  assert.equal(result, Buffer.from("xxx").toString("base64"));
  assert.deepEqual([module.name, module.version, module.ownerType], ["misbehave", "1.0.0", "user"]);
  assert.match(module.id, /^[0-9a-f-]{36}$/);
  assert.match(facts.executionId, /^[0-9a-f-]{36}$/);
  assert.ok(facts.fuelConsumed > 0 && facts.memoryUsedBytes >= 65536 && facts.executionTimeMs >= 0);
  assert.deepEqual(facts.logs, []);
  const again = await call("answer-at-length", [3]);
  assert.equal(again.json.cacheHit, true);
  assert.match(again.headers.get("server-timing"), /isolate;desc=warm/);
  const byId = await rig.call(module.id, "answer-at-length", [1]);
  assert.deepEqual([byId.status, byId.json.cacheHit], [200, true]);
});

const FAILURES = [
  ["loop-forever", [], 502, "fuel_exhausted"],
  ["recurse-forever", [], 502, "call_depth_exceeded"],
  ["trap", ["unreachable"], 502, "trap", "unreachable"],
  ["trap", ["divide-by-zero"], 502, "trap", "integer_divide_by_zero"],
  ["trap", ["out-of-bounds"], 502, "trap", "out_of_bounds_memory_access"],
  ["trap", ["null-call"], 502, "trap", "uninitialized_element"],
  ["trap", ["panic"], 502, "trap", "unreachable"],
  ["fail", ["on purpose"], 502, "guest_error"],
  ["answer-at-length", [-1], 400, "invalid_argument"],
  ["answer-at-length", ["x"], 400, "invalid_argument"],
  ["answer-at-length", [], 400, "invalid_argument"],
  ["trap", ["of-old-age"], 400, "invalid_argument"],
  ["nothing", [], 404, "export_not_found"],
];

for (const [name, args, status, code, kind] of FAILURES) {
  test(`${name}(${args}) fails with ${code}${kind ? `, ${kind}` : ""}, and is remembered so`, async () => {
    const answer = await call(name, args);
    assert.deepEqual([answer.status, answer.json.code, answer.json.kind], [status, code, kind], answer.text);
    assert.match(answer.json.executionId, /^[0-9a-f-]{36}$/);
    const remembered = await rig.remembered("misbehave", ({ id }) => id === answer.json.executionId);
    assert.deepEqual([remembered?.status, remembered?.code, remembered?.http_status], ["failed", code, status]);
    assert.deepEqual([remembered.result, remembered.result_bytes], [null, null]);
    assert.equal((await call("calls-before")).json.result, 0, "the next call is served by an instance of its own");
  });
}

test("what a call returned is remembered: small values, and the size of all", async () => {
  // In Base64 between quotation marks: 4094 bytes, and 4098.
  for (const [bytes, kept] of [
    [3, true],
    [3069, true],
    [3070, false],
    [10_000_000, false],
  ]) {
    const { json } = await call("answer-at-length", [bytes]);
    const { result, result_bytes } = await rig.remembered("misbehave", ({ id }) => id === json.executionId);
    assert.equal(result_bytes, JSON.stringify(json.result).length);
    assert.equal(result, kept ? json.result : null, `${bytes} bytes`);
  }
  const { json } = await call("flood-logs", [0, 0]);
  const nothing = await rig.remembered("misbehave", ({ id }) => id === json.executionId);
  assert.deepEqual([json.result, nothing.result, nothing.result_bytes], [null, null, 4], "null is a value, too");
});

test("a deployment may keep no results", async () => {
  const discreet = await startExecutor({ vars: { HISTORY_RESULTS: "off" } });
  try {
    await discreet.publish("misbehave", "misbehave");
    const { json } = await discreet.call("misbehave", "answer-at-length", [3]);
    const { status, result, result_bytes } = await discreet.remembered("misbehave");
    assert.deepEqual([json.result, status, result, result_bytes], ["eHh4", "ok", null, 6]);
  } finally {
    await discreet.stop();
  }
});

test("arguments that don't fit are named", async () => {
  const detail = async (...args) => (await call(...args)).json.detail;
  assert.match(await detail("answer-at-length", ["x"]), /^args\[0\]: expected u32, got string/);
  assert.match(await detail("answer-at-length", [1.5]), /^args\[0\]: expected u32/);
  assert.match(await detail("answer-at-length", []), /^args: expected 1 \(bytes\), got 0/);
  assert.match(await detail("fail", [null]), /^args\[0\]: expected string, got null/);
  assert.match(await detail("nothing"), /no export `nothing`; there are `loop-forever`/);
});

test("what a guest says of its failure is cut where it is no message any more", async () => {
  const { status, json } = await call("fail", ["x".repeat(100_000)]);
  assert.deepEqual([status, json.code], [502, "guest_error"]);
  assert.match(json.detail, /^x{16384}… \(100000 characters\)$/);
});

test("a guest may have resources; what passes one is not among what it exports, and who calls it hears why", async () => {
  const { prepared } = (await rig.publish("shelf", readFileSync(shelfGuest()), { permissions: open })).module;
  assert.deepEqual(
    prepared.exports.map(({ name }) => name),
    ["sort-out", "run", "shelf:guest/books@0.1.0#count"],
  );
  const { json } = await rig.call("shelf", "sort-out", [["a", "b", "c"]]);
  assert.deepEqual(json.result, [["a", "c"], 1]);
  const refused = await rig.call("shelf", "shelf:guest/books@0.1.0#titles", [[]]);
  assert.deepEqual([refused.status, refused.json.code], [404, "export_not_found"]);
  assert.match(
    refused.json.detail,
    /#titles` passes a resource, which no call from outside can; export a function over plain values/,
  );
});

test("what the guest says of its failure is for the caller", async () => {
  const failed = await call("fail", ["on purpose"]);
  assert.equal(failed.json.detail, "on purpose");
  const panicked = await call("trap", ["panic"]);
  assert.match(panicked.json.logs[0].message, /at my own hand/);
  const exhausted = await call("loop-forever");
  assert.equal(exhausted.json.fuelConsumed, 50_000_000);
});

test("memory grows up to the function's own limit and no further", async () => {
  await rig.publish("small", "misbehave", { memory_pages: 40 });
  assert.equal((await rig.call("small", "grow-memory")).json.result, 40);
  await rig.change("small", { memory_pages: 80 });
  const grown = await rig.call("small", "grow-memory");
  assert.deepEqual([grown.json.result, grown.json.memoryUsedBytes], [80, 80 * 65536]);
  // Its stack and its data are more than a page.
  await rig.publish("wide", "misbehave", { memory_pages: 1 });
  const refused = await rig.call("wide", "calls-before");
  assert.deepEqual([refused.status, refused.json.code], [502, "memory_limit_exceeded"]);
  assert.equal(refused.json.fuelConsumed, 0, "nothing of it ran");
  await rig.change("wide", { memory_pages: 8 });
  assert.equal((await rig.call("wide", "calls-before")).json.result, 0);
});

/** `(func (export "f") (param f64) (result f64) (local.get 0))` */
const same = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 6, 1, 0x60, 1, 0x7c, 1, 0x7c],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 6, 1, 4, 0, 0x20, 0, 0x0b],
]);

test("a number that JSON has and no f64 does is refused by name, and made neither infinite nor null", async () => {
  await rig.publish("same", same);
  const called = async (text) => (await rig.call("same", "f", [JSON.rawJSON(text)])).json;
  assert.equal((await called("1e308")).result, 1e308);
  assert.equal((await called('"Infinity"')).result, "Infinity");
  for (const text of ["1e400", "-1e400", `1${"0".repeat(400)}`]) {
    const { status, code, detail } = await called(text);
    assert.deepEqual([status, code], [400, "invalid_argument"]);
    assert.equal(detail, 'args[0]: expected f64, got a number beyond its range; infinity is "Infinity"');
  }
  const members = await rig.call("same", "f", [1], { timeoutMs: JSON.rawJSON("1e400") });
  assert.equal(members.status, 400, members.text);
  assert.match(members.json.detail, /out of range/);
});

/** `(func (export "f") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))` */
const bits = Uint8Array.from([
  ...same.slice(0, 15),
  0x7e,
  ...same.slice(16, -8),
  ...[10, 7, 1, 5, 0, 0x20, 0, 0xbd, 0x0b],
]);

test("minus zero comes to the guest as that", async () => {
  await rig.publish("bits", bits);
  const { json } = await rig.call("bits", "f", [JSON.rawJSON("-0")]);
  assert.equal(BigInt(json.result), -(2n ** 63n), JSON.stringify(json));
});

test("arguments that no isolate could hold are refused before one reads them", async () => {
  const send = (args) =>
    read(`${rig.url}/functions/v1/wasm-executor`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${rig.ann}` },
      body: Buffer.concat(
        ['{"moduleId":"same","functionName":"f","args":', args, "}"].map((part) => Buffer.from(part)),
      ),
    });
  for (const [one, refused] of [
    ["[]", true],
    ['"x"', true],
    ["{}", true],
    ["1", false],
  ]) {
    const { status, json } = await send(`[[${Array(1_000_001).fill(one)}]]`);
    assert.equal(status, 400);
    if (refused) assert.equal(json.detail, "args: more than 1000000 arrays, objects and strings");
    else assert.match(json.detail, /^args\[0\]: expected f64/);
  }
  for (const [args, said] of [
    ["[01]", /^args: not JSON: /],
    ["[1}", /^args: not JSON: /],
    ['["\\x"]', /^args: not JSON: /],
  ]) {
    const { status, json } = await send(args);
    assert.deepEqual([status, json.code], [400, "invalid_argument"], args);
    assert.match(json.detail, said, args);
  }
  const { status, json } = await send(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]));
  assert.deepEqual([status, json.code, json.detail], [400, "invalid_argument", "args: not UTF-8"]);
});

test("a value may have 11 MiB and not more", async () => {
  await rig.publish("large", "misbehave", { memory_pages: 1024 });
  const most = await rig.call("large", "answer-at-length", [10 * 1024 * 1024]);
  assert.equal(most.status, 200);
  assert.equal(Buffer.from(most.json.result, "base64").length, 10 * 1024 * 1024);
  const more = await rig.call("large", "answer-at-length", [11 * 1024 * 1024 + 1]);
  assert.deepEqual([more.status, more.json.code], [502, "value_too_large"]);
});

test("a flood of lines is cut with a mark, and the call goes on", async () => {
  await rig.publish("flood", "misbehave", { permissions: { logging_enabled: true } });
  const answer = await rig.call("flood", "flood-logs", [5000, 1000]);
  assert.equal(answer.status, 200, answer.text);
  const { logs } = answer.json;
  const bytes = logs.slice(0, -1).reduce((sum, { message }) => sum + message.length, 0);
  assert.ok(bytes <= 65536 && bytes > 60000, `${bytes} bytes`);
  assert.match(logs.at(-1).message, /the log is cut here/);
  const remembered = await rig.remembered("flood");
  assert.deepEqual(remembered.logs, logs);
  // Exactly as many lines as there is room for, and one more.
  for (const [bytes, room] of [
    [0, 4096],
    [16, 2048],
    [48, 1024],
    [65_520, 1],
  ]) {
    const full = (await rig.call("flood", "flood-logs", [room, bytes])).json.logs;
    assert.deepEqual([full.length, full.at(-1).level], [room, "error"], `${room} of ${bytes} bytes`);
    const over = (await rig.call("flood", "flood-logs", [room + 1, bytes])).json.logs;
    assert.equal(over.length, room + 1);
    assert.match(over.at(-1).message, /the log is cut here/);
  }
  await rig.change("flood", { permissions: { logging_enabled: false } });
  assert.deepEqual((await rig.call("flood", "flood-logs", [2, 10])).json.logs, []);
});

test("a body that is no call is refused by its fault", async () => {
  const send = (body, headers = {}) =>
    read(`${rig.url}/functions/v1/wasm-executor`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${rig.ann}`, ...headers },
      body,
    });
  for (const [body, status, code, detail] of [
    ["{", 400, "invalid_body", /^the body is not JSON: /],
    ["[]", 400, "invalid_body", /^expected a JSON object/],
    ["{}", 400, "invalid_body", /^moduleId: missing/],
    ['{"moduleId":"misbehave","args":{}}', 400, "invalid_body", /^args: expected an array, got object/],
    ['{"moduleId":"misbehave","arguments":[]}', 400, "invalid_body", /^unknown field `arguments`/],
    [
      `{"moduleId":"misbehave","functionName":"${"x".repeat(9000)}"}`,
      400,
      "invalid_body",
      /beside args have more than 8192/,
    ],
    ['{"moduleId":"misbehave","timeoutMs":0}', 400, "invalid_body", /^timeoutMs: expected a whole number from 1/],
    ['{"moduleId":"misbehave","timeoutMs":30001}', 400, "invalid_body", /^timeoutMs: /],
    ['{"moduleId":"nowhere"}', 404, "module_not_found", /^there is no such function/],
  ]) {
    const { json, ...answer } = await send(body);
    assert.deepEqual([answer.status, json.code], [status, code], body);
    assert.match(json.detail, detail);
  }
  for (const type of ["text/plain", "application/jsonish"]) {
    assert.equal((await send("{}", { "content-type": type })).status, 415, type);
  }
  for (const bytes of [[0xff], [0xef, 0xbb, 0xbf]]) {
    const { status, json } = await send(Buffer.from([...bytes, ...Buffer.from('{"moduleId":"misbehave"}')]));
    assert.deepEqual([status, json.code], [400, "invalid_body"]);
    assert.match(json.detail, /^the body is not UTF-8/);
  }
  const headers = { authorization: `Bearer ${rig.ann}`, "content-type": "application/json" };
  const long = await announce(rig.port, "/functions/v1/wasm-executor", 14 * 1024 * 1024 + 1, headers);
  assert.deepEqual(long, [413, "body_too_large"]);
});

test("a body that stops coming is given up after ten seconds, a call's and an upload's", async () => {
  const answers = await Promise.all(
    [
      ["/functions/v1/wasm-executor", "application/json", '{"moduleId":'],
      ["/api/v1/functions/misbehave/upload", "application/wasm", "\0asm"],
    ].map(async ([path, type, body]) => {
      const head = [`POST ${path} HTTP/1.1`, "host: hashi", "connection: close", `authorization: Bearer ${rig.ann}`];
      const { status, body: text } = await exchange(
        rig.port,
        [...head, `content-type: ${type}`, "content-length: 99"],
        body,
        20_000,
      );
      return [path, status, text && JSON.parse(text).code];
    }),
  );
  for (const [path, ...answer] of answers) assert.deepEqual(answer, [408, "request_timeout"], path);
});

test("a function without a module has none to call", async () => {
  assert.equal((await rig.api(rig.ann, "POST", "/functions", { body: { name: "empty" } })).status, 201);
  const answer = await rig.call("empty", "run");
  assert.deepEqual([answer.status, answer.json.code], [404, "module_not_found"]);
  assert.match(answer.json.detail, /upload one/);
});

test("what may not be executed looks like what doesn't exist", async () => {
  const bob = user("bob");
  const hidden = await rig.call("misbehave", "calls-before", [], {}, bob);
  const nowhere = await rig.call("no-such-function", "calls-before", [], {}, bob);
  const seen = ({ status, json }) => ({ status, ...json, requestId: undefined });
  assert.deepEqual(seen(hidden), seen(nowhere));
  assert.equal(hidden.json.code, "module_not_found");
  await rig.publish("shared", "misbehave", { visibility: "public" });
  for (const by of [bob, undefined]) assert.equal((await rig.call("shared", "calls-before", [], {}, by)).status, 200);
});
