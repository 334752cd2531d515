// Guests that break the canonical ABI: every pointer, length, case and allocation that comes from a guest is checked, and a breach is a trap
// of that call alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { bundleOfText, component, failure } from "./rig.mjs";

const make = (text, options) => {
  const { manifest, modules } = bundleOfText(text);
  return new Program(manifest, modules, options);
};
/** Stores numbers at 0 and gives 0, where an indirect result lies. */
const returns = (...words) =>
  `${words.map((word, i) => `(i32.store (i32.const ${i * 4}) (i32.const ${word}))`).join(" ")} (i32.const 0)`;
// Types that have names are imports of a world.
const before = `(type $e (enum "a" "b" "c")) (import "e" (type $enum (eq $e)))
  (type $f (flags "a" "b")) (import "f" (type $flags (eq $f)))`;
const one = (body, type, parts = { before }) =>
  component(`(func (export "f") (result i32) ${body})`, [["f", type]], parts);

/** What the guest returns, its type, and how the call ends. */
const results = {
  "a string past the end": [
    returns(65530, 7),
    "(result string)",
    "out_of_bounds_memory_access",
    "7 bytes at 65530 are not in 65536 bytes of memory",
  ],
  "a string at the very end": [returns(65530, 6), "(result string)", undefined],
  "a string of a length that overflows": [returns(16, 0xffffffff), "(result string)", "out_of_bounds_memory_access"],
  "a string that is not UTF-8": [
    `(i32.store8 (i32.const 16) (i32.const 255)) ${returns(16, 1)}`,
    "(result string)",
    "invalid_value",
  ],
  "a long string that is not UTF-8": [
    `(memory.fill (i32.const 16) (i32.const 255) (i32.const 200)) ${returns(16, 200)}`,
    "(result string)",
    "invalid_value",
  ],
  "a result past the end": ["(i32.const 65534)", "(result string)", "unaligned_pointer"],
  "a result just past the end": ["(i32.const 65532)", "(result string)", "out_of_bounds_memory_access"],
  "a result at a negative address": ["(i32.const -4)", "(result string)", "out_of_bounds_memory_access"],
  "a list of a length that overflows": [returns(16, 0x20000001), "(result (list u64))", "out_of_bounds_memory_access"],
  "a list that is not aligned": [returns(12, 1), "(result (list u64))", "unaligned_pointer"],
  "a list of records past the end": [
    returns(65528, 2),
    "(result (list (tuple u32 u32)))",
    "out_of_bounds_memory_access",
  ],
  "a variant without this case": ["(i32.const 3)", "(result $enum)", "invalid_value"],
  "a case that is": ["(i32.const 2)", "(result $enum)", undefined],
  "a case in memory that is not": [returns(2, 5), "(result (option u32))", "invalid_value"],
  "a surrogate as a char": ["(i32.const 0xd800)", "(result char)", "invalid_value"],
  "a char past the last": ["(i32.const 0x110000)", "(result char)", "invalid_value"],
  "the last char": ["(i32.const 0x10ffff)", "(result char)", undefined],
  "a bool of two": ["(i32.const 2)", "(result bool)", undefined],
  "flags that nobody declared": ["(i32.const -1)", "(result $flags)", undefined],
};

for (const [name, [body, type, kind, message = ""]] of Object.entries(results)) {
  test(`returned: ${name}: ${kind ?? "taken"}`, async () => {
    const program = make(one(body, type));
    if (kind === undefined) return void program.call("f", []);
    const error = await failure(() => program.call("f", []));
    assert.deepEqual([error.code, error.kind], ["trap", kind], error.message);
    assert.ok(error.message.includes(message), error.message);
    // The same again: nothing is left of the call before.
    assert.equal((await failure(() => program.call("f", []))).kind, kind);
  });
}

test("bits that mean nothing are dropped", () => {
  assert.equal(make(one("(i32.const 2)", "(result bool)")).call("f", []).value, true);
  assert.deepEqual(make(one("(i32.const -1)", "(result $flags)")).call("f", []).value, ["a", "b"]);
  assert.equal(make(one("(i32.const 0x1ff)", "(result u8)")).call("f", []).value, 255);
  assert.equal(make(one("(i32.const 0x80)", "(result s8)")).call("f", []).value, -128);
});

/** What the allocator gives for an argument, and how the call ends. */
const allocators = {
  "past the end": ["(i32.const 65528)", "out_of_bounds_memory_access"],
  "at a negative address": ["(i32.const -16)", "out_of_bounds_memory_access"],
  "not aligned": ["(i32.const 1026)", "unaligned_pointer"],
  "as it should": ["(i32.const 1024)", undefined],
  trapping: ["(unreachable)", "unreachable"],
};

for (const [name, [body, kind]] of Object.entries(allocators)) {
  test(`an allocator that gives memory ${name}: ${kind ?? "taken"}`, async () => {
    const realloc = `(func (export "realloc") (param i32 i32 i32 i32) (result i32) ${body})`;
    const text = component('(func (export "f") (param i32 i32))', [["f", '(param "x" (list u32))']], { realloc });
    const call = () => make(text).call("f", [[1, 2, 3]]);
    if (kind === undefined) return void call();
    const error = await failure(call);
    assert.deepEqual([error.code, error.kind], ["trap", kind], error.message);
  });
}

test("an allocator that never ends uses up the call's fuel", async () => {
  const realloc = '(func (export "realloc") (param i32 i32 i32 i32) (result i32) (loop $l (br $l)) (unreachable))';
  const program = make(component('(func (export "f") (param i32 i32))', [["f", '(param "x" string)']], { realloc }));
  const error = await failure(() => program.call("f", ["text"], { fuel: 1e6 }));
  assert.equal(error.code, "fuel_exhausted");
  assert.equal(error.fuel, 1e6);
});

test("an allocator that recurses without end is stopped by the depth of calls", async () => {
  const realloc = `(func $r (export "realloc") (param i32 i32 i32 i32) (result i32)
    (call $r (local.get 0) (local.get 1) (local.get 2) (local.get 3)))`;
  const program = make(component('(func (export "f") (param i32 i32))', [["f", '(param "x" string)']], { realloc }));
  assert.equal((await failure(() => program.call("f", ["text"]))).code, "call_depth_exceeded");
});

test("an allocator that grows the memory while a list is written into it does no harm", () => {
  const realloc = `(global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (drop (memory.grow (i32.const 1)))
      (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 4096))))`;
  const core =
    '(func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))';
  const program = make(component(core, [["f", '(param "x" (list string)) (result (list string))']], { realloc }));
  for (let i = 0; i < 3; i++) assert.deepEqual(program.call("f", [["a", "bc", "é"]]).value, ["a", "bc", "é"]);
});

test("strings that need more room than was first asked for are whole, whatever the allocator moves", () => {
  // Gives new memory without moving what was in the old.
  const core =
    '(func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))';
  const text = `${"x".repeat(100)}é😀\ud800${"日".repeat(50)}`;
  for (const strings of ["utf8", "utf16", "latin1+utf16"]) {
    const program = make(component(core, [["f", '(param "x" string) (result string)']], { strings }));
    for (const given of ["", "plain", "é", text])
      assert.equal(program.call("f", [given]).value, given.toWellFormed(), strings);
  }
});

const logging = `(import "edge:runtime/logging@0.1.0" (instance $logging (export "info" (func (param "message" string)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $mem (instantiate $memory))
  (core func $info (canon lower (func $logging "info") (memory (core memory $mem "memory"))))`;
/** A component whose one core module may call `info` with a memory that is another's. */
const calling = (core, lifted) => `(component ${logging}
  (core module $m
    (import "host" "info" (func $info (param i32 i32)))
    (import "mem" "memory" (memory 1))
    ${core})
  (core instance $i (instantiate $m
    (with "host" (instance (export "info" (func $info))))
    (with "mem" (instance $mem))))
  ${lifted})`;

const heard = () => {
  const lines = [];
  return { lines, log: (level, message) => lines.push(`${level} ${message}`) };
};

test("a guest may call out while it runs", () => {
  const host = heard();
  const program = make(
    calling(
      '(func (export "f") (call $info (i32.const 0) (i32.const 3)))',
      '(func (export "f") (canon lift (core func $i "f")))',
    ),
  );
  program.call("f", [], { host });
  assert.deepEqual(host.lines, ["info \0\0\0"]);
});

test("a guest may not call out from its allocator", async () => {
  const host = heard();
  const core = `(func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $info (i32.const 0) (i32.const 3)) (i32.const 1024))
    (func (export "f") (param i32 i32))`;
  const lifted = `(func (export "f") (param "x" string) (canon lift (core func $i "f")
    (memory (core memory $mem "memory")) (realloc (core func $i "realloc"))))`;
  const error = await failure(() => make(calling(core, lifted)).call("f", ["text"], { host }));
  assert.deepEqual([error.code, error.kind], ["trap", "cannot_leave"], error.message);
  assert.deepEqual(host.lines, []);
});

test("a guest may not call out from its post-return", async () => {
  const host = heard();
  const core = `(func (export "f") (result i32) (i32.const 7))
    (func (export "post") (param i32) (call $info (i32.const 0) (i32.const 3)))`;
  const lifted = '(func (export "f") (result u32) (canon lift (core func $i "f") (post-return (core func $i "post"))))';
  const error = await failure(() => make(calling(core, lifted)).call("f", [], { host }));
  assert.deepEqual([error.code, error.kind], ["trap", "cannot_leave"], error.message);
  assert.deepEqual(host.lines, []);
});

test("a string for the host from past the end is a trap, and the host hears nothing", async () => {
  const host = heard();
  const core = '(func (export "f") (call $info (i32.const 65530) (i32.const 100)))';
  const lifted = '(func (export "f") (canon lift (core func $i "f")))';
  const error = await failure(() => make(calling(core, lifted)).call("f", [], { host }));
  assert.deepEqual([error.code, error.kind], ["trap", "out_of_bounds_memory_access"], error.message);
  assert.deepEqual(host.lines, []);
});

test("a guest that catches what the host throws at it fails all the same, and can't call out again", async () => {
  const host = heard();
  const core = `(func (export "f")
      (block $caught (try_table (catch_all $caught) (call $info (i32.const 65530) (i32.const 100))))
      (call $info (i32.const 0) (i32.const 3)))`;
  const lifted = '(func (export "f") (canon lift (core func $i "f")))';
  const error = await failure(() => make(calling(core, lifted)).call("f", [], { host }));
  assert.deepEqual([error.code, error.kind], ["trap", "out_of_bounds_memory_access"], error.message);
  assert.deepEqual(host.lines, []);
});

test("post-return runs once for each call, with what the function returned", () => {
  const core = `(func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "f") (result i32) (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 0)) (i32.const 0))
    (func (export "post") (param i32) (if (i32.ne (local.get 0) (i32.const 0)) (then unreachable)) (i32.store (i32.const 64) (i32.const 1)))`;
  const text = component(core, [["f", "(result string)", '(post-return (core func $i "post"))']], { realloc: "" });
  const program = make(text);
  for (let i = 0; i < 3; i++) assert.equal(program.call("f", []).value, "");
});

test("a post-return that never ends uses up the call's fuel; one that traps fails the call", async () => {
  for (const [body, code] of [
    ["(loop $l (br $l))", "fuel_exhausted"],
    ["(unreachable)", "trap"],
  ]) {
    const core = `(func (export "f") (result i32) (i32.const 1)) (func (export "post") (param i32) ${body})`;
    const program = make(component(core, [["f", "(result u32)", '(post-return (core func $i "post"))']]));
    assert.equal((await failure(() => program.call("f", [], { fuel: 1e6 }))).code, code);
  }
});

/** A function that gives `count` lists, all of them the same `length` elements at `pointer`. */
const overlapping = (count, length, pointer) => `(func (export "f") (result i32) (local $i i32)
    (loop $l
      (i32.store (i32.add (i32.const 64) (i32.mul (local.get $i) (i32.const 8))) (i32.const ${pointer}))
      (i32.store (i32.add (i32.const 68) (i32.mul (local.get $i) (i32.const 8))) (i32.const ${length}))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${count}))))
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const ${count})) (i32.const 0))`;

test("lists that overlap can't make the host hold more than a call may give", async () => {
  const core = overlapping(8000, 8000, 64);
  const program = make(component(core, [["f", "(result (list (list u8)))"]], { memory: "2" }));
  const error = await failure(() => program.call("f", []));
  assert.equal(error.code, "value_too_large", error.message);
  assert.match(error.message, /33554432 bytes/);
  assert.equal((await failure(() => program.call("f", [], { fuel: 1e6 }))).code, "fuel_exhausted");
});

test("nor can they of tuples, records and flags, of which a few bytes are much text", async () => {
  const core = overlapping(300, 60, 4096);
  const parts = Array.from({ length: 1000 }, (_, at) => `part-x${at}`);
  for (const before of [
    `(type $t (tuple ${parts.map(() => "bool").join(" ")}))`,
    `(type $named (record ${parts.map((name) => `(field "${name}" bool)`).join(" ")})) (import "t" (type $t (eq $named)))`,
    `(type $named (flags ${parts
      .slice(0, 32)
      .map((name) => `"${name.padEnd(200, "x")}"`)
      .join(" ")})) (import "t" (type $t (eq $named)))`,
  ]) {
    const program = make(component(core, [["f", "(result (list (list $t)))"]], { memory: "2", before }));
    const error = await failure(() => program.call("f", [], { fuel: 1e12 }));
    assert.equal(error.code, "value_too_large", before.slice(0, 40));
  }
});
