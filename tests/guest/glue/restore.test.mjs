// A restored instance is like a fresh one in every way that a guest can tell, and what can't be restored is made anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { guests } from "../guests.mjs";
import { bundleOf, bundleOfText, component, failure } from "./rig.mjs";
import { changes, state } from "./state.mjs";

const make = (text, options) => {
  const { manifest, modules } = bundleOfText(text);
  return new Program(manifest, modules, options);
};

const look = (program) => {
  const { value, fuel, memory } = program.call("look", []);
  return { value, fuel, memory };
};
const first = look(make(state));

for (const [change, wanted] of Object.entries(changes)) {
  test(`after ${change} the next call sees nothing of it, in a ${wanted} instance`, () => {
    const program = make(state);
    program.call(change, []);
    const after = program.call("look", []);
    assert.deepEqual({ value: after.value, fuel: after.fuel, memory: after.memory }, first);
    assert.equal(after.instance, wanted);
    // Segments are there again too: these trap where they were dropped.
    program.call(change, []);
    program.call("has passive", []);
    program.call(change, []);
    program.call("has element", []);
  });
}

test("after a trap the instance is never used again", async () => {
  const program = make(state);
  for (let i = 0; i < 3; i++) {
    assert.equal((await failure(() => program.call("trap", []))).code, "trap");
    const after = program.call("look", []);
    assert.deepEqual(after.value, first.value);
  }
});

test("every change, in every order of two, leaves nothing", () => {
  const program = make(state);
  for (const one of Object.keys(changes)) {
    for (const other of Object.keys(changes)) {
      program.call(one, []);
      program.call(other, []);
      assert.deepEqual(look(program), first, `${one}, ${other}`);
    }
  }
});

/** A guest with a mutable f32 and f64, whose bits it shows. */
const bits = (
  f32,
  f64,
  start = "",
) => `(module (global $f (mut f32) (f32.const ${f32})) (global $d (mut f64) (f64.const ${f64})) ${start}
  (func (export "bits") (result i32 i64) (i32.reinterpret_f32 (global.get $f)) (i64.reinterpret_f64 (global.get $d)))
  (func (export "change") (global.set $f (f32.const 2)) (global.set $d (f64.const 2))))`;

/** The values, their bits, and what instance serves the calls after the first. */
const floats = [
  ["nan:0x200000", "1", 0x7fa00000, 0x3ff0000000000000n, "fresh"],
  ["-nan:0x1", "1", 0xff800001, 0x3ff0000000000000n, "fresh"],
  ["1", "nan:0x4000000000001", 0x3f800000, 0x7ff4000000000001n, "fresh"],
  ["nan:0x600000", "-nan:0xc000000000001", 0x7fe00000, 0xfffc000000000001n, "fresh"],
  ["nan", "nan", 0x7fc00000, 0x7ff8000000000000n, "fresh"],
  ["-0", "-0", 0x80000000, 0x8000000000000000n, "restored"],
  ["-inf", "inf", 0xff800000, 0x7ff0000000000000n, "restored"],
  ["0x1p-149", "0x1p-1074", 1, 1n, "restored"],
];

for (const [f32, f64, low, high, wanted] of floats) {
  test(`globals that begin as f32 ${f32} and f64 ${f64} begin so bit for bit in each call`, () => {
    const program = make(bits(f32, f64));
    for (let i = 0; i < 4; i++) {
      const { value, instance } = program.call("bits", []);
      assert.deepEqual([value[0] >>> 0, BigInt.asUintN(64, value[1])], [low, high]);
      assert.equal(instance, i === 0 ? "fresh" : wanted);
      program.call("change", []);
    }
  });
}

test("so does a global that a start function makes NaN", () => {
  const start = "(func $start (global.set $d (f64.const nan:0x4000000000001))) (start $start)";
  const program = make(bits("1", "1", start));
  for (let i = 0; i < 3; i++) {
    const { value } = program.call("bits", []);
    assert.equal(BigInt.asUintN(64, value[1]), 0x7ff4000000000001n);
    program.call("change", []);
  }
});

test("a global that a call leaves as NaN is restored", () => {
  const program = make(bits("1", "1").replace("(f32.const 2)", "(f32.const nan:0x200000)"));
  program.call("change", []);
  const { value, instance } = program.call("bits", []);
  assert.deepEqual([value, instance], [[0x3f800000, 0x3ff0000000000000n], "restored"]);
});

test("a start function's work is part of the first state, and each call pays for it", () => {
  const program = make(`(module (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
    (func $start (local $i i32)
      (loop $l (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000)))))
    (start $start)
    (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`);
  const fresh = program.call("count", []);
  const restored = program.call("count", []);
  assert.deepEqual([fresh.value, fresh.instance], [1001, "fresh"]);
  assert.deepEqual([restored.value, restored.instance], [1001, "restored"]);
  assert.equal(restored.fuel, fresh.fuel);
  assert.ok(fresh.fuel > 3000, `${fresh.fuel}`);
});

test("a start function that looks at how much memory it may have sees the call's own limit", () => {
  const program = make(`(module (memory (export "memory") 1) (global $had (mut i32) (i32.const 0))
    (func $start (global.set $had (memory.grow (i32.const 3))))
    (start $start)
    (func (export "had") (result i32) (global.get $had)))`);
  for (const [pages, had] of [
    [8, 1],
    [2, -1],
    [2, -1],
    [8, 1],
    [2, -1],
  ]) {
    assert.equal(program.call("had", [], { pages }).value, had, `with ${pages} pages`);
  }
});

test("a start function that logs does so for each call", () => {
  const text = `(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "hi")
    (func $start (call $log (i32.const 1) (i32.const 0) (i32.const 2))) (start $start) (func (export "f")))`;
  const program = make(text);
  for (let i = 0; i < 3; i++) {
    const lines = [];
    const { instance } = program.call("f", [], { host: { log: (...line) => lines.push(line.join(" ")) } });
    assert.deepEqual([lines, instance], [["info hi"], "fresh"]);
  }
});

/** A guest that takes a page from the system at its first allocation, as Rust's allocator does, and counts allocations. */
const growing = component(
  `(func (export "asked") (result i32) (global.get $asked)) (func (export "take") (param i32 i32) (result i32) (global.get $asked))
   (func (export "pages") (result i32) (memory.size))`,
  [
    ["asked", "(result u32)"],
    ["take", '(param "x" string) (result u32)'],
    ["pages", "(result u32)"],
  ],
  {
    realloc: `(global $asked (mut i32) (i32.const 0)) (global $next (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $asked (i32.add (global.get $asked) (i32.const 1)))
        (if (i32.eqz (global.get $next))
          (then (global.set $next (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
            (if (i32.eq (global.get $next) (i32.const -65536)) (then unreachable))))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 8)))))`,
  },
);

test("a guest whose allocator grows the memory at first begins with that page, restored or fresh", () => {
  const program = make(growing);
  const outcomes = Array.from({ length: 3 }, () => program.call("take", ["text"]));
  assert.deepEqual(
    outcomes.map(({ instance }) => instance),
    ["fresh", "restored", "restored"],
  );
  assert.deepEqual(
    outcomes.map(({ value }) => value),
    [2, 2, 2],
    "one allocation came before, for each of them",
  );
  const fresh = make(growing, { keep: 0 }).call("take", ["text"]);
  assert.deepEqual([fresh.value, fresh.fuel, fresh.memory], [outcomes[1].value, outcomes[1].fuel, outcomes[1].memory]);
});

test("where that page is not in the call's limit, the guest does without it", async () => {
  const program = make(growing);
  assert.equal(program.call("pages", [], { pages: 2 }).value, 2);
  assert.equal(program.call("asked", [], { pages: 1 }).value, 0);
  assert.equal(program.call("pages", [], { pages: 1 }).value, 1);
  const error = await failure(() => program.call("take", ["text"], { pages: 1 }));
  assert.deepEqual([error.code, error.kind], ["trap", "unreachable"]);
  assert.equal(program.call("asked", [], { pages: 2 }).value, 1);
});

test("a guest whose memory doesn't grow at its first allocation is asked for none", () => {
  const program = make(growing.replace("(memory.grow (i32.const 1))", "(i32.const 0)"));
  assert.equal(program.call("asked", []).value, 0);
  assert.equal(program.call("asked", []).instance, "restored");
});

test("a guest whose first allocation is a long piece of work pays for it in each call", () => {
  const work = "(loop $l (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 100000))))";
  const program = make(growing.replace("(if (i32.eqz (global.get $next))", `(local.set 1 (i32.const 0)) ${work} $&`));
  const { value, fuel } = program.call("take", ["text"]);
  assert.equal(value, 1);
  assert.ok(fuel > 300_000, `${fuel}`);
});

test("guests made by wit-bindgen are restored, with the same fuel as fresh ones", async () => {
  const { manifest, modules } = bundleOf((await guests())["hello-world"]);
  const request = { method: "get", uri: "/?name=Ada", headers: [], body: null, "timeout-ms": null };
  const host = { log() {} };
  const call = (program) => program.call("handle", [request], { host });
  const program = new Program(manifest, modules);
  const fresh = await call(program);
  for (let i = 0; i < 20; i++) {
    const { value, fuel, instance } = await call(program);
    assert.deepEqual({ value, fuel, instance }, { value: fresh.value, fuel: fresh.fuel, instance: "restored" });
  }
  assert.equal((await call(new Program(manifest, modules, { keep: 0 }))).fuel, fresh.fuel);
});

test("no guest of misbehave sees an earlier call", async () => {
  const { manifest, modules } = bundleOf((await guests()).misbehave);
  const program = new Program(manifest, modules);
  const host = { log() {} };
  for (let i = 0; i < 10; i++) assert.equal((await program.call("calls-before", [], { host })).value, 0);
});
