// What a guest answers with, within its bounds: HTTP's headers, and the JSON text of a value.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonProgram } from "../../../js/guest/index.js";
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
