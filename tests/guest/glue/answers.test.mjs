// What a guest answers with, within its bounds: HTTP's headers, and the JSON text of a value.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callExport } from "../../../js/isolate/call.js";
import { answered } from "../../../js/isolate/http.js";

const answer = (headers) => answered({ status: 200, headers, body: new Uint8Array(0) }, {}, "GET");
const invalid = (what) => ({ code: "invalid_response", message: new RegExp(what) });

test("an answer has so many headers, and so many characters of them", () => {
  assert.equal(answer(Array(256).fill(["a", "b"])).status, 200);
  assert.throws(() => answer(Array(257).fill(["a", "b"])), invalid("it has 257 headers, and may have 256"));
  assert.equal(answer([["a", "x".repeat(65_535)]]).headers.get("a").length, 65_535);
  assert.throws(() => answer([["a", "x".repeat(65_536)]]), invalid("it has a head of 65537 characters"));
});

test("a value's JSON text has so many characters, and what the call took is told of one that has more", () => {
  const spent = { fuel: 7, memory: 65_536, instance: "fresh" };
  const called = (value) => callExport({ call: () => ({ value, ...spent }) }, "f", "[]", {});
  assert.equal(called("x".repeat(1000)).value.length, 1002);
  assert.equal(called(undefined).value.length, 0);
  const most = 32 * 1024 * 1024;
  assert.equal(called("x".repeat(most - 2)).value.length, most);
  const large = { code: "value_too_large", ...spent };
  assert.throws(() => called("x".repeat(most - 1)), large);
  // Longer than a string may be.
  const shared = "\u0001".repeat(1024 * 1024);
  assert.throws(() => called(Array(200).fill(shared)), large);
});
