// What is charged where, to the unit; what the counters and flags say afterwards; and how each end is told from the others.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { arm, DEFAULT_STACK, ended, PLENTY, sharedState, start } from "./metered.mjs";
import { meter } from "./rig.mjs";

const repeat = (count, text) => Array(count).fill(text).join(" ");
const run = (...body) => `(func (export "run") ${body.join(" ")})`;
const tick = "(drop (i32.const 1))";
const imports = { env: { nothing() {}, thrower: () => assert.fail("the host's own") } };

/** By name: a module and what its `run` takes with these arguments. */
const charges = {
  "an empty function": [run(), [[[], 3]]],
  "operators in a row": [run(repeat(7, tick)), [[[], 3 + 7]]],
  "each eight locals": [run(`(local ${repeat(17, "i64")})`, tick), [[[], 3 + 2 + 1]]],
  division: [run("(drop (i32.div_s (i32.const 6) (i32.const 3)))"), [[[], 3 + 2 + 16]]],
  "a call that its caller pays for": [
    `(func $g ${tick}) ${run("(call $g)", "(call $g)")}`,
    [[[], 3 + 2 * (8 + 3 + 1)]],
  ],
  "a call of an exported function": [`(func $g (export "g") ${tick}) ${run("(call $g)")}`, [[[], 3 + 8 + 3 + 1]]],
  "an indirect call": [
    `(table 1 funcref) (elem (i32.const 0) $g) (type $t (func)) (func $g ${tick}) ${run("(call_indirect (type $t) (i32.const 0))")}`,
    [[[], 3 + 1 + 16 + 3 + 1]],
  ],
  "a call of an import": [`(import "env" "nothing" (func $n)) ${run("(call $n)")}`, [[[], 3 + 8 + 60]]],
  "the rounds of a loop": [
    run("(param $n i32)", "(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"),
    [
      [[1], 3 + 8],
      [[10], 3 + 80],
      [[100_000], 3 + 800_000],
    ],
  ],
  "a loop that nothing goes back to": [run(`(loop ${tick})`), [[[], 3 + 1]]],
  "code that is too short to be charged separately": [
    run("(param i32)", `(if (local.get 0) (then ${repeat(10, tick)}))`),
    [
      [[0], 3 + 2 + 10],
      [[1], 3 + 2 + 10],
    ],
  ],
  "long code that is left out": [
    run("(param i32)", `(if (local.get 0) (then ${repeat(60, tick)}) (else ${repeat(90, tick)}))`),
    [
      [[0], 3 + 2 + 90],
      [[1], 3 + 2 + 60],
    ],
  ],
  "a way out before long code": [
    run("(param i32)", "(br_if 0 (local.get 0))", repeat(60, tick)),
    [
      [[0], 3 + 2 + 60],
      [[1], 3 + 2],
    ],
  ],
  "the dearest of short ways": [
    run("(param i32)", `(if (local.get 0) (then ${repeat(5, tick)}) (else ${repeat(30, tick)}))`),
    [
      [[0], 3 + 2 + 30],
      [[1], 3 + 2 + 30],
    ],
  ],
  "bytes that are filled": [
    `(memory 1) ${run("(param i32)", "(memory.fill (i32.const 0) (i32.const 1) (local.get 0))")}`,
    [
      [[0], 3 + 3 + 64],
      [[1000], 3 + 3 + 64 + 250],
    ],
  ],
  "bytes that are copied from one memory to another": [
    `(memory 1) (memory 1) ${run("(memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 400))")}`,
    [[[], 3 + 3 + 64 + 100]],
  ],
  "elements that are filled": [
    `(table 9 funcref) ${run("(param i32)", "(table.fill (i32.const 0) (ref.null func) (local.get 0))")}`,
    [
      [[0], 3 + 3 + 200],
      [[5], 3 + 3 + 200 + 5 * 150],
    ],
  ],
  "pages that memory grows by": [
    `(memory 1) ${run("(param i32)", "(drop (memory.grow (local.get 0)))")}`,
    [
      [[0], 3 + 1 + 1532],
      [[2], 3 + 1 + 1532 + 2 * 16_384],
      // More than there may be.
      [[60_000], 3 + 1 + 32],
    ],
  ],
  "elements that a table grows by": [
    `(table 0 funcref) ${run("(param i32)", "(drop (table.grow (ref.null func) (local.get 0)))")}`,
    [
      [[4], 3 + 2 + 200 + 4 * 150],
      [[100_001], 3 + 2 + 200],
    ],
  ],
};

/** What sets `hashi:dirty`, and beside it what is like it and does not. */
const dirt = [
  ["(table.set 0 (i32.const 0) (ref.null func))", "(drop (table.get 0 (i32.const 0)))"],
  [
    "(table.fill 0 (i32.const 0) (ref.null func) (i32.const 1))",
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 1))",
  ],
  [
    "(table.copy 0 0 (i32.const 0) (i32.const 0) (i32.const 1))",
    "(memory.copy (i32.const 0) (i32.const 0) (i32.const 1))",
  ],
  [
    "(table.init 0 $e (i32.const 0) (i32.const 0) (i32.const 1))",
    "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))",
  ],
  ["(drop (table.grow 0 (ref.null func) (i32.const 1)))", "(drop (table.size 0))"],
  ["(elem.drop $e)", "(drop (ref.is_null (ref.func $f)))"],
  ["(data.drop $d)", "(i32.store (i32.const 0) (i32.const 1))"],
  ["(global.set $v (v128.const i64x2 1 2))", "(global.set $i (i64.const 1))"],
  ["(global.set $x (ref.null exn))", "(global.set $r (ref.null func))"],
];
const dirtModule = (body) =>
  `(memory 1) (table 3 9 funcref) (data $d "x") (func $f) (elem $e func $f) (global $v (mut v128) (v128.const i64x2 0 0))
   (global $i (mut i64) (i64.const 0)) (global $x (mut exnref) (ref.null exn)) (global $r (mut funcref) (ref.null func)) ${run(body)}`;

const others = {
  recursion: `(func $f (export "run") (param i32) (result i32) (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))`,
  forever: run("(loop (br 0))"),
  own: run("(unreachable)"),
  divided: run(repeat(20, tick), "(drop (i32.div_s (i32.const 1) (i32.const 0)))", repeat(20, tick)),
  heldBack: run(
    "(param $n i32)",
    "(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    "(unreachable)",
  ),
  begins: `(global $g (export "g") (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 7))) (start $s)`,
  memories: `(memory 1) (memory 1) (func (export "run") (param i32 i32) (result i32 i32) (memory.grow 0 (local.get 0)) (memory.grow 1 (local.get 1)))`,
  tables: `(table 2 funcref) (func (export "run") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))`,
  catching: `(import "env" "thrower" (func $thrower)) (func (export "run") (loop $again (block $caught (try_table (catch_all $caught) (call $thrower))) (br $again)))`,
  ...Object.fromEntries(
    ["thrower", "nothing"].map((name) => [
      `caught from ${name}`,
      `(import "env" "${name}" (func $f)) ${run("(param $leaves i32)", "(block $caught (try_table (catch_all $caught) (call $f) (br_if $caught (local.get $leaves)) (return)))")}`,
    ]),
  ),
  throwing: `(tag $t (param i32)) (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))) (return))) (throw $t (i32.const 1)))
    (func (export "run") (param i32) (drop (block $on (result i32) (try_table (catch $t $on) (call $down (local.get 0))) (unreachable))))`,
};

const folder = mkdtempSync(join(tmpdir(), "hashi-charges-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const texts = {
  ...Object.fromEntries(Object.entries(charges).map(([name, [text]]) => [name, text])),
  ...Object.fromEntries(
    dirt.flatMap((pair, at) => pair.map((body, which) => [`dirt ${at} ${which}`, dirtModule(body)])),
  ),
  ...others,
};
const files = Object.entries(texts).map(([name, text]) => {
  const file = join(folder, `${name}.wat`);
  writeFileSync(file, `(module ${text})`);
  return file;
});
const modules = meter(...files);

/** Both roles: a fresh instance of each, with its limits. */
function* instances(name, limits) {
  const { owner, sharer, refusal } = modules[name];
  assert.equal(refusal, undefined, name);
  yield start(owner, imports, undefined, limits);
  yield start(sharer, imports, sharedState(), limits);
}

for (const [name, [, cases]] of Object.entries(charges)) {
  test(`${name}: charged to the unit`, () => {
    for (const { instance, state } of instances(name)) {
      for (const [args, expected] of cases) {
        arm(state, { pages: 10 });
        instance.exports.run(...args);
        assert.equal(Number(PLENTY - state.fuel.value), expected, `run(${args})`);
        // As much is enough, one unit less is not.
        arm(state, { pages: 10, fuel: BigInt(expected) });
        instance.exports.run(...args);
        assert.equal(state.fuel.value, 0n);
        arm(state, { pages: 10, fuel: BigInt(expected - 1) });
        assert.throws(() => instance.exports.run(...args), WebAssembly.RuntimeError);
        assert.equal(ended(state), "fuel");
      }
    }
  });
}

test("what a restore can't undo sets the flag, and nothing else does", () => {
  for (const [at, pair] of dirt.entries()) {
    for (const [which, body] of pair.entries()) {
      for (const { instance, state } of instances(`dirt ${at} ${which}`)) {
        assert.equal(state.dirty.value, 0);
        instance.exports.run();
        assert.equal(state.dirty.value, which === 0 ? 1 : 0, body);
      }
    }
  }
});

test("calls that nest too deep are told from other traps, at the same depth each time", () => {
  for (const { instance, state } of instances("recursion")) {
    const deepest = () => {
      let [fits, not] = [0, 1 << 20];
      while (not - fits > 1) {
        const middle = (fits + not) >> 1;
        arm(state);
        try {
          assert.equal(instance.exports.run(middle), middle);
          fits = middle;
        } catch (error) {
          assert.ok(error instanceof WebAssembly.RuntimeError, `${error}`);
          assert.equal(ended(state), "stack");
          not = middle;
        }
      }
      return fits;
    };
    const depth = deepest();
    assert.ok(depth > 1000 && depth < DEFAULT_STACK, `${depth}`);
    assert.equal(deepest(), depth);
    arm(state);
    instance.exports.run(depth);
    assert.equal(state.stack.value, DEFAULT_STACK, "what was taken is given back");
  }
});

test("out of fuel is told from the guest's own trap", () => {
  for (const { instance, state } of instances("forever", { fuel: 1000n })) {
    assert.throws(() => instance.exports.run(), /unreachable/);
    assert.equal(ended(state), "fuel");
  }
  for (const { instance, state } of instances("own", { fuel: 1000n })) {
    assert.throws(() => instance.exports.run(), /unreachable/);
    assert.equal(ended(state), undefined);
    assert.equal(state.fuel.value, 1000n - 4n);
  }
});

test("a trap costs its whole region; what a loop held back is not counted", () => {
  for (const { instance, state } of instances("divided")) {
    assert.throws(() => instance.exports.run(), /divide by zero/);
    assert.equal(Number(PLENTY - state.fuel.value), 3 + 20 + 18 + 20);
  }
  for (const [rounds, counted] of [
    [10, 0],
    [512, 0],
    [513, 513 * 8],
  ]) {
    for (const { instance, state } of instances("heldBack")) {
      assert.throws(() => instance.exports.run(rounds), /unreachable/);
      const used = Number(PLENTY - state.fuel.value);
      assert.ok(used >= counted && used <= counted + 8 + 4, `${rounds} rounds: ${used}`);
    }
  }
});

test("nothing of a module runs before the host has set the limits", () => {
  const instance = new WebAssembly.Instance(modules.begins.owner);
  const { "hashi:start": begin, "hashi:fuel": fuel, "hashi:stack": stack, g } = instance.exports;
  assert.deepEqual([fuel.value, stack.value, g.value], [0n, 0, 0]);
  assert.throws(() => begin(), /unreachable/);
  assert.equal(g.value, 0);
  fuel.value = 100n;
  begin();
  assert.equal(g.value, 7);
});

test("all memories grow by as many pages as there are, together", () => {
  for (const { instance, state } of instances("memories")) {
    arm(state, { pages: 5 });
    assert.deepEqual(instance.exports.run(3, 3), [1, -1]);
    assert.equal(state.pages.value, 2);
    assert.deepEqual(instance.exports.run(3, 2), [-1, 1]);
    assert.deepEqual([state.pages.value, state.dirty.value], [0, 0]);
    assert.deepEqual(instance.exports.run(0, 0), [4, 3], "by nothing, always");
    assert.deepEqual(instance.exports.run(-1, 1), [-1, -1]);
  }
});

test("tables grow up to the platform's elements", () => {
  for (const { instance } of instances("tables")) {
    assert.equal(instance.exports.run(99_999), -1);
    assert.equal(instance.exports.run(99_000), 2);
    assert.equal(instance.exports.run(999), -1);
    assert.equal(instance.exports.run(998), 99_002);
    assert.equal(instance.exports.run(1), -1);
    assert.equal(instance.exports.run(-1), -1);
  }
});

test("the host charges any 32 bits, and a guest that has nothing left stops at its next step", () => {
  for (const { instance, state } of instances("an empty function")) {
    const { "hashi:charge": charge, run: step } = instance.exports;
    charge(-1);
    assert.equal(PLENTY - state.fuel.value, 4_294_967_295n);
    arm(state, { fuel: 10n });
    assert.throws(() => charge(11), /unreachable/);
    assert.equal(state.fuel.value, -1n);
    assert.throws(() => step(), /unreachable/);
  }
});

test("a guest that catches what the host throws still runs out of fuel", () => {
  for (const { instance, state } of instances("catching", { fuel: 100_000n })) {
    assert.throws(() => instance.exports.run(), WebAssembly.RuntimeError);
    assert.equal(ended(state), "fuel");
  }
});

test("what the host throws costs where it is caught, and whoever comes there without pays nothing", () => {
  const used = ({ instance, state }, leaves) => {
    arm(state);
    instance.exports.run(leaves);
    return Number(PLENTY - state.fuel.value);
  };
  for (const role of [0, 1]) {
    const [threw, did] = ["thrower", "nothing"].map((name) => [...instances(`caught from ${name}`)][role]);
    const path = 3 + 1 + 8 + 60 + 1 + 1 + 1;
    for (const leaves of [0, 1]) assert.equal(used(did, leaves), path);
    for (let time = 0; time < 3; time++) assert.equal(used(threw, 0), path + 20_000);
  }
});

test("a caught exception gives back the stack that it left, and costs by how much that was", () => {
  for (const { instance, state } of instances("throwing")) {
    const used = (depth) => {
      arm(state);
      instance.exports.run(depth);
      assert.equal(state.stack.value, DEFAULT_STACK);
      return Number(PLENTY - state.fuel.value);
    };
    assert.ok(used(0) > 2500);
    assert.ok(used(500) - used(0) > 500 * 32 * 8, "each frame that is left has at least 8 words");
  }
});
