// Arguments that don't fit their types are refused by name, before anything of the guest runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { interfaces } from "./echo-suite.mjs";
import { bundleOf, echoGuest, failure } from "./rig.mjs";

const { manifest, modules } = bundleOf(echoGuest(), "--any-import");
const program = new Program(manifest, modules, { interfaces });
const of = (name) => (["fail", "plain"].includes(name) ? name : `echo:guest/echo@0.1.0#${name}`);

const small = { a: 1, b: 2n, c: 0.5, d: true, e: "x" };
const deep = { name: "n", inner: small, tags: [], maybe: null, color: "red" };

/** Function, arguments, message; `undefined` as the message: taken. */
const table = [
  ["a-u32", [1], undefined],
  ["a-u32", ["1"], 'args[0]: expected u32, got string "1"'],
  ["a-u32", [null], "args[0]: expected u32, got null"],
  ["a-u32", [undefined], "args[0]: expected u32, got undefined"],
  ["a-u32", [true], "args[0]: expected u32, got boolean true"],
  ["a-u32", [1n], "args[0]: expected u32, got bigint 1"],
  ["a-u32", [[1]], "args[0]: expected u32, got array of 1"],
  ["a-u32", [{}], "args[0]: expected u32, got object"],
  ["a-u32", [-1], "args[0]: expected u32, a whole number from 0 to 4294967295, got -1"],
  ["a-u32", [4294967296], "args[0]: expected u32, a whole number from 0 to 4294967295, got 4294967296"],
  ["a-u32", [1.5], "args[0]: expected u32, a whole number from 0 to 4294967295, got 1.5"],
  ["a-u32", [Number.NaN], "args[0]: expected u32, a whole number from 0 to 4294967295, got NaN"],
  ["a-s8", [127], undefined],
  ["a-s8", [128], "args[0]: expected s8, a whole number from -128 to 127, got 128"],
  ["a-u64", [18446744073709551615n], undefined],
  ["a-u64", [5], undefined],
  ["a-u64", [18446744073709551616n], "args[0]: expected u64, from 0 to 18446744073709551615, got 18446744073709551616"],
  ["a-u64", [2 ** 53], "args[0]: expected u64, got number 9007199254740992"],
  [
    "a-s64",
    [-9223372036854775809n],
    "args[0]: expected s64, from -9223372036854775808 to 9223372036854775807, got -9223372036854775809",
  ],
  ["a-bool", [0], "args[0]: expected bool, got number 0"],
  ["a-f64", ["1"], 'args[0]: expected f64, got string "1"'],
  ["a-char", ["😀"], undefined],
  ["a-char", ["ab"], 'args[0]: expected char, a string of one Unicode scalar value, got string "ab"'],
  ["a-char", [""], 'args[0]: expected char, a string of one Unicode scalar value, got string ""'],
  ["a-char", ["\ud800"], 'args[0]: expected char, a string of one Unicode scalar value, got string "\\ud800"'],
  ["a-string", [1], "args[0]: expected string, got number 1"],
  ["a-string", ["x".repeat(41)], undefined],
  ["a-bool", ["x".repeat(41)], "args[0]: expected bool, got string of 41 characters"],
  ["bytes", [[1, 255]], undefined],
  ["bytes", [[1, 256]], "args[0][1]: expected u8, a whole number from 0 to 255, got 256"],
  ["bytes", ["text"], 'args[0]: expected a list of numbers, got string "text"'],
  ["shorts", [Uint8Array.of(1)], "args[0]: expected a list of numbers, got Uint8Array of 1"],
  ["strings", [["a", 2]], "args[0][1]: expected string, got number 2"],
  ["strings", ["a"], 'args[0]: expected a list, got string "a"'],
  ["nested", [[[[1], [70000]]]], "args[0][0][1][0]: expected u16, a whole number from 0 to 65535, got 70000"],
  ["a-tuple", [[1, "a", 1, 1n, []]], undefined],
  ["a-tuple", [[1, "a", 1, 1n]], "args[0]: expected a tuple of 5, got 4 elements"],
  ["a-tuple", [[1, "a", 1, "x", []]], 'args[0][3]: expected s64, got string "x"'],
  ["a-small", [small], undefined],
  ["a-small", [[1]], "args[0]: expected a record with a, b, c, d, e, got array of 1"],
  ["a-small", [{ ...small, d: 1 }], "args[0].d: expected bool, got number 1"],
  [
    "a-deep",
    [{ ...deep, inner: { ...small, a: -1 } }],
    "args[0].inner.a: expected u8, a whole number from 0 to 255, got -1",
  ],
  ["a-deep", [{ ...deep, tags: ["x", null] }], "args[0].tags[1]: expected string, got null"],
  ["a-deep", [{ ...deep, color: "pink" }], 'args[0].color: expected one of red, green, blue, got string "pink"'],
  [
    "a-deep",
    [{ ...deep, color: "toString" }],
    'args[0].color: expected one of red, green, blue, got string "toString"',
  ],
  ["a-shape", [{ tag: "nothing" }], undefined],
  [
    "a-shape",
    [{ tag: "circle" }],
    'args[0]: expected a tag of nothing, number, text, pair, deep, single, numbers, whole, got string "circle"',
  ],
  [
    "a-shape",
    ["nothing"],
    'args[0]: expected an object with a tag, one of nothing, number, text, pair, deep, single, numbers, whole, got string "nothing"',
  ],
  ["a-shape", [{ tag: "text", val: 3 }], "args[0].text: expected string, got number 3"],
  ["a-shape", [{ tag: "deep", val: { ...deep, name: 3 } }], "args[0].deep.name: expected string, got number 3"],
  [
    "shapes-list",
    [[{ tag: "nothing" }, { tag: "pair", val: [1, -1n] }]],
    "args[0][1].pair[1]: expected u64, from 0 to 18446744073709551615, got -1",
  ],
  ["an-option", [undefined], undefined],
  ["an-option", [3], "args[0]: expected string, got number 3"],
  ["twice-optional", [{ tag: "some", val: null }], undefined],
  ["twice-optional", [null], "args[0]: expected an object with a tag, one of none, some, got null"],
  ["a-few", [["r", "x"]], undefined],
  ["a-few", [["r", "q"]], 'args[0]: expected flags of r, w, x, got string "q"'],
  ["a-few", [{ r: true }], "args[0]: expected an array of flags, got object"],
  [
    "a-many",
    ["c300"],
    'args[0]: expected one of c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, …, got string "c300"',
  ],
  ["plain", [1], "args: expected no arguments, got 1"],
  ["fail", [], "args: expected 1 (text), got 0"],
  ["spill", [1], "args: expected 12 (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12), got 1"],
];

const shown = (args) =>
  (JSON.stringify(args, (_, value) => (typeof value === "bigint" ? `${value}n` : value)) ?? "").slice(0, 60);

for (const [name, args, message] of table) {
  const title = `${name}(${shown(args)})`;
  test(`${title}: ${message === undefined ? "taken" : "refused"}`, async () => {
    if (message === undefined) return void program.call(of(name), args);
    const error = await failure(() => program.call(of(name), args));
    assert.equal(error.message, message);
    assert.equal(error.code, "invalid_argument");
  });
}

test("an argument that is refused in the middle of a spilled list is named by its place", async () => {
  const args = [1, "a", 1n, 1, 1, "c", true, [], null, small, [], { tag: "nothing" }];
  program.call(of("spill"), args);
  const error = await failure(() => program.call(of("spill"), args.with(9, { ...small, e: "no" })));
  assert.equal(error.message, 'args[9].e: expected char, a string of one Unicode scalar value, got string "no"');
});

test("after an argument was refused the next call finds nothing of it", () => {
  const before = program.call(of("a-deep"), [deep]);
  assert.throws(() => program.call(of("a-deep"), [{ ...deep, tags: ["x".repeat(1000), 3] }]));
  const after = program.call(of("a-deep"), [deep]);
  assert.deepEqual(after.value, before.value);
  assert.equal(after.fuel, before.fuel);
});
