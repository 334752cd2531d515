// What a guest answers with, within its bounds: HTTP's headers, and the JSON text of a value.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonProgram } from "../../../js/guest/index.js";
import { callExport } from "../../../js/isolate/call.js";
import { answered, received } from "../../../js/isolate/http.js";

const answer = (headers) => answered({ status: 200, headers, body: new Uint8Array(0) }, {}, "GET");
const invalid = (what) => ({ code: "invalid_response", message: new RegExp(what) });

test("an answer has so many headers, and so many characters of them", () => {
  assert.equal(answer(Array(256).fill(["a", "b"])).status, 200);
  assert.throws(() => answer(Array(257).fill(["a", "b"])), invalid("it has 257 headers, and may have 256"));
  assert.equal(answer([["a", "x".repeat(65_535)]]).headers.get("a").length, 65_535);
  assert.throws(() => answer([["a", "x".repeat(65_536)]]), invalid("it has a head of 65537 characters"));
});

// What ends with a connection, by itself or because `connection` names it.
const OF_A_CONNECTION = {
  connection: "close, X-Named",
  "keep-alive": "timeout=5",
  "proxy-authenticate": "Basic",
  "proxy-connection": "close",
  te: "trailers",
  trailer: "x-sum",
  "transfer-encoding": "chunked",
  upgrade: "h2c",
  "x-named": "1",
};
const KEPT = { "content-type": "text/plain", "x-kept": "1" };
const lists = (...all) => all.flatMap((headers) => Object.entries(headers));

test("a guest receives what its client says, and nothing of the connection, the network or the platform", () => {
  const around = {
    "cdn-loop": "cloudflare",
    "cf-connecting-ip": "192.0.2.1",
    expect: "100-continue",
    forwarded: "for=192.0.2.1",
    host: "hashi.example",
    "proxy-authorization": "Basic x",
    "true-client-ip": "192.0.2.1",
    "x-forwarded-for": "192.0.2.1",
    "x-hashi-call": "1000 run",
    "x-real-ip": "192.0.2.1",
  };
  const headers = new Map(lists(OF_A_CONNECTION, around, KEPT));
  const url = "http://http/a?b=/";
  assert.deepEqual(received({ method: "PUT", url, headers }, undefined, 7), {
    method: "put",
    uri: "/a?b=/",
    headers: lists(KEPT),
    body: undefined,
    "timeout-ms": 7,
  });
});

test("an answer has what the guest says, and nothing of the connection, of a whole origin or of the platform", () => {
  const whole = {
    "Alt-Svc": 'h3=":443"',
    "Clear-Site-Data": '"*"',
    "Content-Length": "7",
    NEL: "{}",
    "Report-To": "{}",
    "Reporting-Endpoints": 'g="https://a.example/"',
    "Service-Worker-Allowed": "/",
    "Set-Cookie": "a=1",
    "Strict-Transport-Security": "max-age=1",
    "X-Hashi-Outcome": "ok 0 0 warm restored 0",
    "CF-Ray": "1",
  };
  const given = answer(lists(OF_A_CONNECTION, whole, KEPT)).headers;
  const kept = [...given].filter(([name]) => name !== "content-security-policy");
  assert.deepEqual(kept, lists(KEPT));
  assert.match(given.get("content-security-policy"), /^sandbox /);
});

test("an answer's body has so many bytes", () => {
  const most = 10 * 1024 * 1024;
  const large = (length) => answered({ status: 200, headers: [], body: new Uint8Array(length) }, {}, "GET");
  assert.equal(large(most).status, 200);
  const message = `the answer's body has ${most + 1} bytes, and may have ${most} bytes`;
  assert.throws(() => large(most + 1), { code: "value_too_large", message });
});

test("what isn't HTTP is refused by name", () => {
  for (const status of [0, 199, 600, 65_535]) {
    const refused = invalid(`its status is ${status}, and must be from 200 to 599`);
    assert.throws(() => answered({ status, headers: [], body: new Uint8Array(0) }, {}, "GET"), refused);
  }
  for (const [name, value] of [
    ["", "x"],
    ["a b", "x"],
    ["a", "x\ny"],
  ]) {
    assert.throws(
      () => answer([[name, value]]),
      invalid(`its header "${name}" has a name or a value that HTTP doesn't have`),
    );
  }
});

test("a value's JSON text has so many characters", () => {
  const plan = { types: [{ list: "string" }], exports: [{ params: [], result: 0 }] };
  const called = (value) => {
    const call = (_name, _args, _options, as) => ({ value: as.value(value) });
    const program = new JsonProgram(/** @type {any} */ ({ plan, names: new Map([["f", 0]]), call }));
    return callExport(program, "f", "[]", {}).value.length;
  };
  assert.equal(called(["x".repeat(1000)]), 1004);
  assert.equal(called([]), 2);
  const most = 16 * 1024 * 1024;
  assert.equal(called(["x".repeat(most - 4)]), most);
  const large = { code: "value_too_large", message: `the value's JSON text has more than ${most} characters` };
  assert.throws(() => called(["x".repeat(most - 3)]), large);
  // Longer than a string may be.
  assert.throws(() => called(Array(200).fill("\u0001".repeat(1024 * 1024))), large);
});
