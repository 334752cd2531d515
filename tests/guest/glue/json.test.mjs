// Arguments and results in JSON, as callers over HTTP give and get them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonProgram, Program } from "../../../js/guest/index.js";
import { interfaces } from "./echo-suite.mjs";
import { bundleOf, bundleOfText, component, echoGuest, failure } from "./rig.mjs";
import { difference, expected, random, value } from "./values.mjs";

const { manifest, modules } = bundleOf(echoGuest(), "--any-import");
const { plan } = manifest;
const program = new Program(manifest, modules, { interfaces });
const json = new JsonProgram(program);
const of = (name) => (["fail", "plain"].includes(name) ? name : `echo:guest/echo@0.1.0#${name}`);
/** What a caller gets, who sees only text. */
const call = (name, ...args) => JSON.parse(JSON.stringify(json.call(of(name), JSON.parse(JSON.stringify(args))).value));

const small = { a: 1, b: 2, c: 0.5, d: true, e: "x" };
const deep = { name: "n", inner: small, tags: ["a"], maybe: null, color: "red" };

/** Function, argument, result if it differs. */
const values = [
  ["a-bool", true],
  ["a-u8", 255],
  ["a-s32", -2147483648],
  ["a-u64", 5],
  ["a-u64", 9007199254740991],
  ["a-u64", "18446744073709551615"],
  ["a-u64", "9007199254740992"],
  ["a-u64", "7", 7],
  ["a-s64", -9007199254740991],
  ["a-s64", "-9223372036854775808"],
  ["a-f64", 1.5],
  ["a-f64", "NaN"],
  ["a-f64", "Infinity"],
  ["a-f64", "-Infinity"],
  ["a-f32", "NaN"],
  ["a-f32", 0.1, Math.fround(0.1)],
  ["a-char", "😀"],
  ["a-string", "\u0000 é 😀"],
  ["a-string", "\ud800", "\ufffd"],
  ["bytes", "AP/+"],
  ["bytes", ""],
  ["bytes", "AA=="],
  ["bytes", [0, 255, 254], "AP/+"],
  ["bytes", [], ""],
  ["shorts", [-32768, 0, 32767]],
  ["longs", [1, "-9223372036854775808", "3"], [1, "-9223372036854775808", 3]],
  ["floats", [0.5, "NaN"]],
  ["doubles", [1e300, "-Infinity"]],
  ["bools", [true, false]],
  ["chars", ["a", "é"]],
  ["strings", ["", "a"]],
  ["nested", [[[1, 2], []], []]],
  ["maybes", ["a", null]],
  ["a-tuple", [1, "s", "NaN", "5", "AA=="], [1, "s", "NaN", 5, "AA=="]],
  ["a-small", small],
  ["a-small", { ...small, b: "2" }, small],
  ["a-deep", deep],
  ["a-deep", { name: "n", inner: small, tags: ["a"], color: "red" }, deep],
  ["a-deep", { ...deep, maybe: "Infinity" }],
  ["a-shape", { tag: "nothing" }],
  ["a-shape", { tag: "nothing", val: null }, { tag: "nothing" }],
  ["a-shape", { tag: "number", val: "NaN" }],
  ["a-shape", { tag: "pair", val: [1, "18446744073709551615"] }],
  ["a-shape", { tag: "numbers", val: [1, 2] }],
  ["a-shape", { tag: "deep", val: deep }],
  ["an-option", null],
  ["an-option", "x"],
  ["twice-optional", { tag: "none" }],
  ["twice-optional", { tag: "some", val: null }],
  ["twice-optional", { tag: "some", val: 3 }],
  ["a-result", { tag: "ok", val: "fine" }],
  ["a-result", { tag: "err", val: { tag: "pair", val: [1, "18446744073709551615"] } }],
  ["plain-result", [{ tag: "ok" }, { tag: "err" }]],
  ["a-color", "blue"],
  ["a-few", []],
  ["a-few", ["x", "r"], ["r", "x"]],
  ["a-wide", ["w31"]],
];

for (const [name, given, wanted = given] of values) {
  test(`${name}: ${JSON.stringify(given)} gives ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(call(name, given), wanted);
  });
}

/** Function, argument, message. */
const refusals = [
  ["a-u32", "1", 'args[0]: expected u32, got string "1"'],
  ["a-u32", null, "args[0]: expected u32, got null"],
  [
    "a-u64",
    9007199254740992,
    "args[0]: expected u64, got number 9007199254740992, which JSON may have rounded: pass it as a string",
  ],
  ["a-u64", "18446744073709551616", "args[0]: expected u64, from 0 to 18446744073709551615, got 18446744073709551616"],
  ["a-u64", "-1", "args[0]: expected u64, from 0 to 18446744073709551615, got -1"],
  ["a-u64", "1.5", 'args[0]: expected u64, a whole number or a string of its digits, got string "1.5"'],
  ["a-u64", 1.5, "args[0]: expected u64, a whole number or a string of its digits, got number 1.5"],
  ["a-u64", "0x10", 'args[0]: expected u64, a whole number or a string of its digits, got string "0x10"'],
  ["a-u64", true, "args[0]: expected u64, a whole number or a string of its digits, got boolean true"],
  ["a-f64", "nan", 'args[0]: expected f64, a number, "NaN", "Infinity" or "-Infinity", got string "nan"'],
  ["a-f64", null, "args[0]: expected f64, got null"],
  [
    "bytes",
    "AP/",
    'args[0]: expected list<u8>, base64 with padding or an array of numbers, got string "AP/", which is not base64',
  ],
  [
    "bytes",
    "AP_-",
    'args[0]: expected list<u8>, base64 with padding or an array of numbers, got string "AP_-", which is not base64',
  ],
  [
    "bytes",
    "=AAA",
    'args[0]: expected list<u8>, base64 with padding or an array of numbers, got string "=AAA", which is not base64',
  ],
  ["bytes", { 0: 1 }, "args[0]: expected list<u8>, base64 with padding or an array of numbers, got object"],
  ["bytes", [256], "args[0][0]: expected u8, a whole number from 0 to 255, got 256"],
  ["longs", [1, null], "args[0][1]: expected s64, a whole number or a string of its digits, got null"],
  ["longs", "1", 'args[0]: expected a list of numbers, got string "1"'],
  ["a-tuple", [1], "args[0]: expected a tuple of 5, got 1 elements"],
  ["a-small", { ...small, f: 1 }, 'args[0]: expected a record with a, b, c, d, e, got a field "f" besides'],
  ["a-small", { a: 1 }, "args[0].b: expected a record with a, b, c, d, e, got none of this name"],
  [
    "a-small",
    { ...small, b: "x" },
    'args[0].b: expected s64, a whole number or a string of its digits, got string "x"',
  ],
  [
    "a-deep",
    { ...deep, inner: { ...small, b: null } },
    "args[0].inner.b: expected s64, a whole number or a string of its digits, got null",
  ],
  ["a-shape", { tag: "nothing", val: 1 }, "args[0].nothing: expected no val, got number 1"],
  ["a-shape", { tag: "number" }, "args[0].number: expected f64, got undefined"],
  ["a-shape", { tag: "number", value: 1 }, 'args[0]: expected { tag, val }, got a field "value" besides'],
  [
    "a-shape",
    { number: 1 },
    "args[0]: expected an object with a tag, one of nothing, number, text, pair, deep, single, numbers, whole, got object",
  ],
  [
    "a-shape",
    { tag: "__proto__" },
    'args[0]: expected a tag of nothing, number, text, pair, deep, single, numbers, whole, got string "__proto__"',
  ],
];

for (const [name, given, message] of refusals) {
  test(`${name}: ${JSON.stringify(given)} is refused`, async () => {
    const error = await failure(() => call(name, given));
    assert.equal(error.message, message);
    assert.equal(error.code, "invalid_argument");
  });
}

/** Function, arguments as a caller's text has them, message. */
const beyond = [
  ["a-f64", "[1e400]", 'args[0]: expected f64, got a number beyond its range; infinity is "Infinity"'],
  ["a-f64", "[-1e400]", 'args[0]: expected f64, got a number beyond its range; infinity is "Infinity"'],
  ["a-f32", "[3.5e38]", 'args[0]: expected f32, got a number beyond its range; infinity is "Infinity"'],
  ["doubles", "[[1, 1e309]]", 'args[0][1]: expected f64, got a number beyond its range; infinity is "Infinity"'],
  [
    "a-shape",
    '[{"tag":"number","val":1e400}]',
    'args[0].number: expected f64, got a number beyond its range; infinity is "Infinity"',
  ],
  ["a-u32", "[1e400]", "args[0]: expected u32, a whole number from 0 to 4294967295, got Infinity"],
  ["a-s64", "[1e400]", "args[0]: expected s64, a whole number or a string of its digits, got number Infinity"],
];

for (const [name, args, message] of beyond) {
  test(`${name}: ${args} is refused, not made infinite`, async () => {
    const error = await failure(() => json.call(of(name), JSON.parse(args)));
    assert.deepEqual([error.code, error.message], ["invalid_argument", message]);
  });
}

test("the largest numbers that there are pass", () => {
  assert.equal(call("a-f64", Number.MAX_VALUE), Number.MAX_VALUE);
  assert.equal(call("a-f32", 3.4028234663852886e38), 3.4028234663852886e38);
});

test("a plain core module's numbers have the same range", async () => {
  const { manifest, modules } = bundleOfText(
    '(module (func (export "f") (param i32 f32 f64) (result f64) (local.get 2)))',
  );
  const core = new JsonProgram(new Program(manifest, modules));
  const called = (args) => core.call("f", JSON.parse(args));
  assert.equal((await called("[1, 2, 1e308]")).value, 1e308);
  assert.equal((await called('[1, 2, "-Infinity"]')).value, "-Infinity");
  for (const [args, at] of [
    ["[1, 2, 1e400]", "args[2]: expected f64"],
    ["[1, -1e39, 2]", "args[1]: expected f32"],
  ]) {
    const error = await failure(() => called(args));
    assert.deepEqual(
      [error.code, error.message],
      ["invalid_argument", `${at}, got a number beyond its range; infinity is "Infinity"`],
    );
  }
});

test("a record's field may be left out where it is an option, of an option too, and is none then", async () => {
  const type = `(type $named (record (field "a" u32) (field "b" (option (option u32))) (field "c" (option u32))))
    (import "t" (type $t (eq $named)))`;
  const core = `(func (export "f") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store8 (i32.const 4) (local.get 1)) (i32.store8 (i32.const 8) (local.get 2)) (i32.store (i32.const 12) (local.get 3))
    (i32.store8 (i32.const 16) (local.get 4)) (i32.store (i32.const 20) (local.get 5))
    (i32.const 0))`;
  const { manifest, modules } = bundleOfText(component(core, [["f", '(param "x" $t) (result $t)']], { before: type }));
  const own = new JsonProgram(new Program(manifest, modules));
  const none = { tag: "none" };
  for (const [given, wanted] of [
    [{ a: 1 }, { a: 1, b: none, c: null }],
    [
      { a: 1, c: 2 },
      { a: 1, b: none, c: 2 },
    ],
    [
      { a: 1, b: none, c: null },
      { a: 1, b: none, c: null },
    ],
    [
      { a: 1, b: { tag: "some", val: null } },
      { a: 1, b: { tag: "some", val: null }, c: null },
    ],
    [
      { a: 1, b: { tag: "some", val: 3 } },
      { a: 1, b: { tag: "some", val: 3 }, c: null },
    ],
  ]) {
    assert.deepEqual(JSON.parse(JSON.stringify(own.call("f", [given]).value)), wanted, JSON.stringify(given));
  }
  const written = await failure(() => own.call("f", [{ a: 1, b: null }]));
  assert.equal(written.message, "args[0].b: expected an object with a tag, one of none, some, got null");
  const required = await failure(() => own.call("f", [{ b: none }]));
  assert.equal(required.message, "args[0].a: expected a record with a, b, c, got none of this name");
});

test("arguments that are no array, too few or too many are refused", async () => {
  for (const [args, message] of [
    [{}, "args: expected an array, got object"],
    [null, "args: expected an array, got null"],
    [[], "args: expected 1 (x), got 0"],
    [[1, 2], "args: expected 1 (x), got 2"],
  ]) {
    const error = await failure(() => json.call(of("a-u64"), args));
    assert.equal(error.message, message);
    assert.equal(error.code, "invalid_argument");
  }
});

test("an export that isn't there is named", async () => {
  assert.equal((await failure(() => json.call("plane", []))).code, "export_not_found");
});

test("nothing as a result is null", () => {
  assert.equal(json.call("plain", []).value, null);
});

/** A value as JSON would have it, written by the test's own rules. */
function asJson(given) {
  if (typeof given === "bigint")
    return BigInt(Number(given)) === given && Number.isSafeInteger(Number(given)) ? Number(given) : `${given}`;
  if (typeof given === "number") return Number.isFinite(given) ? given : `${given}`;
  if (given instanceof Uint8Array) return Buffer.from(given).toString("base64");
  if (ArrayBuffer.isView(given) || Array.isArray(given)) return Array.from(given, asJson);
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, asJson(inner)]));
}

test("values of every type come back equal, as text", () => {
  const next = random(7);
  let calls = 0;
  for (let round = 0; round < 20; round++) {
    for (const { interface: from, name, params } of plan.exports) {
      if (from === "") continue;
      const args = params.map(([, type]) => asJson(expected(value(next, type, plan.types))));
      const text = JSON.stringify(args);
      const { value: got } = json.call(`${from}#${name}`, JSON.parse(text));
      const different = difference(JSON.parse(JSON.stringify(name === "spill" ? got : [got])), JSON.parse(text));
      assert.equal(different, undefined, `${from}#${name}, round ${round}`);
      calls += 1;
    }
  }
  assert.ok(calls > 1600, `${calls} calls`);
});

test("what ok carries is the result, what err carries is the failure's payload", async () => {
  const core = `
    (func (export "half") (param $n i64) (result i32)
      (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
        (then (i32.store8 (i32.const 0) (i32.const 0)) (i64.store (i32.const 8) (i64.div_u (local.get $n) (i64.const 2))))
        (else (i32.store8 (i32.const 0) (i32.const 1)) (i64.store (i32.const 8) (local.get $n))))
      (i32.const 0))
    (func (export "nothing") (result i32) (i32.const 0))`;
  const bundle = bundleOfText(
    component(core, [
      ["half", '(param "n" u64) (result (result u64 (error u64)))'],
      ["nothing", "(result (result))"],
    ]),
  );
  const own = new JsonProgram(new Program(bundle.manifest, bundle.modules));
  assert.equal(own.call("half", ["36893488147419102"]).value, "18446744073709551");
  assert.equal(own.call("half", [10]).value, 5);
  assert.equal(own.call("nothing", []).value, null);
  const error = await failure(() => own.call("half", ["18446744073709551615"]));
  assert.deepEqual(
    [error.code, error.payload, error.message],
    ["guest_error", "18446744073709551615", "18446744073709551615"],
  );
});

test("a plain core module takes and gives numbers", async () => {
  const bundle = bundleOfText(`(module
    (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
    (func (export "two") (result f32 i64) (f32.const nan) (i64.const -9223372036854775808))
    (func (export "kept") (param externref))
    (func (export "_start")))`);
  const own = new JsonProgram(new Program(bundle.manifest, bundle.modules));
  assert.equal(own.call("add", [4294967295, "2"]).value, 1);
  assert.equal(own.call("add", [0, "9223372036854775807"]).value, "9223372036854775807");
  assert.deepEqual(own.call("two", []).value, ["NaN", "-9223372036854775808"]);
  assert.equal(own.call("_start", []).value, null);
  const error = await failure(() => own.call("add", [1, 1.5]));
  assert.equal(error.message, "args[1]: expected i64, a whole number or a string of its digits, got number 1.5");
  const kept = await failure(() => own.call("kept", [null]));
  assert.equal(
    kept.message,
    "`kept` passes a reference or a vector, which no call from outside can; export a function over plain values that uses it; there are `add`, `two`, `_start`",
  );
});

test("three mebibytes of bytes pass as base64", () => {
  const bytes = new Uint8Array(3 * 1024 * 1024).map((_, i) => i * 7);
  const text = Buffer.from(bytes).toString("base64");
  assert.equal(json.call(of("bytes"), [text], { pages: 1024, fuel: 1e10 }).value, text);
});
