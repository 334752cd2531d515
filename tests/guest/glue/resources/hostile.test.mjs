// Guests that break the rules of resources: each breach is a trap of that call alone, floods of handles end, and nothing of them is left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../../js/guest/index.js";
import { bundleOfText, failure } from "../rig.mjs";
import { steps } from "./steps.mjs";
import { alone, composed } from "./texts.mjs";

const make = (text, options) => {
  const { manifest, modules } = bundleOfText(text);
  return new Program(manifest, modules, options);
};

const f = (body, more = "") => alone(`${more} (func (export "f") (result i32) ${body})`, [["f", "(result u32)"]]);

/** What a guest does with handles of its own, and how its call ends: the number that it gives, or the kind of its trap and its reason. */
const own = {
  "a handle used": ["(call $rep (call $new (i32.const 7)))", 7],
  "the first handle": ["(call $new (i32.const 7))", 1],
  "a negative representation": ["(i32.eq (call $rep (call $new (i32.const -7))) (i32.const -7))", 1],
  "a handle dropped": ["(call $drop (call $new (i32.const 7))) (global.get $gone)", 7],
  "one of a type without a destructor dropped": ["(call $drop2 (call $new2 (i32.const 7))) (global.get $gone)", 0],
  "the number of a dropped handle, given again": [
    "(call $drop (call $new (i32.const 7))) (call $new (i32.const 8))",
    1,
  ],
  "a handle of either type": ["(drop (call $new (i32.const 7))) (call $rep2 (call $new2 (i32.const 8)))", 8],
  "double drop": [
    "(call $drop (call $new (i32.const 7))) (call $drop (i32.const 1)) (i32.const 0)",
    "none of this number",
  ],
  "use after drop": ["(call $drop (call $new (i32.const 7))) (call $rep (i32.const 1))", "none of this number"],
  "a handle of the wrong type used": ["(call $rep2 (call $new (i32.const 7)))", "of another type"],
  "a handle of the wrong type dropped": ["(call $drop2 (call $new (i32.const 7))) (i32.const 0)", "of another type"],
  "use after the number went to the other type": [
    "(call $drop (call $new (i32.const 7))) (drop (call $new2 (i32.const 8))) (call $rep (i32.const 1))",
    "of another type",
  ],
  "handle 0": ["(call $rep (i32.const 0))", "none of this number"],
  "a handle past all others": ["(call $rep (i32.const 99))", "none of this number"],
  "handle -1": ["(call $drop (i32.const -1)) (i32.const 0)", "4294967295: there is none of this number"],
};

for (const [name, [body, end]] of Object.entries(own)) {
  test(`${name}: ${end}`, async () => {
    const program = make(f(body));
    for (let time = 0; time < 2; time++) {
      if (typeof end === "number") assert.equal(program.call("f", []).value, end);
      else {
        const error = await failure(() => program.call("f", []));
        assert.deepEqual([error.code, error.kind], ["trap", "invalid_handle"]);
        assert.ok(error.message.includes(end), error.message);
      }
    }
  });
}

const loop = (body) => `(loop $l ${body} (br $l)) (unreachable)`;

test("a flood of handles uses up the call's fuel, or meets the limit, and the next call has none of them", async () => {
  const program = make(
    alone(
      `(func (export "f") (result i32) ${loop("(drop (call $new (i32.const 7)))")}) (func (export "g") (result i32) (call $new (i32.const 7)))`,
      [
        ["f", "(result u32)"],
        ["g", "(result u32)"],
      ],
    ),
  );
  const poor = await failure(() => program.call("f", [], { fuel: 1e6 }));
  assert.deepEqual([poor.code, poor.fuel], ["fuel_exhausted", 1e6]);
  const rich = await failure(() => program.call("f", []));
  assert.deepEqual([rich.code, rich.kind], ["trap", "too_many_handles"]);
  assert.match(rich.message, /^more than 65536 handles of resources at once$/);
  assert.ok(rich.fuel > 65_536 * 300, `each was paid for: ${rich.fuel}`);
  assert.equal(program.call("g", []).value, 1);
});

test("handles that are made and dropped without end use up the call's fuel", async () => {
  const program = make(f(loop("(call $drop (call $new (i32.const 0)))")));
  assert.equal((await failure(() => program.call("f", [], { fuel: 1e7 }))).code, "fuel_exhausted");
  const other = make(
    f(loop("(drop (call $rep (i32.const 1)))").replace("(loop", "(drop (call $new (i32.const 0))) (loop")),
  );
  assert.equal((await failure(() => other.call("f", [], { fuel: 1e7 }))).code, "fuel_exhausted");
});

test("a destructor that traps ends the call, as it would anywhere", async () => {
  const program = make(f("(call $drop (call $new (i32.const 13))) (i32.const 0)"));
  const error = await failure(() => program.call("f", []));
  assert.deepEqual([error.code, error.kind], ["trap", "unreachable"]);
});

test("a destructor that loops uses up the call's fuel", async () => {
  const text = alone('(func (export "f") (call $drop (call $new (i32.const 7))))', [["f", ""]], {
    destructor: "(loop $l (br $l))",
  });
  const error = await failure(() => make(text).call("f", [], { fuel: 1e6 }));
  assert.deepEqual([error.code, error.fuel], ["fuel_exhausted", 1e6]);
});

test("an exception that leaves a destructor is a trap, which nothing catches", async () => {
  const text = alone(
    `(func (export "f") (result i32)
      (block $h (try_table (catch_all $h) (call $drop (call $new (i32.const 7))))) (i32.const 1))`,
    [["f", "(result u32)"]],
    { destructor: "(throw $e)" },
  ).replace("(core module $state", "(core module $state (tag $e)");
  const error = await failure(() => make(text).call("f", []));
  assert.deepEqual([error.code, error.kind], ["trap", "uncaught_exception"]);
});

/** A type whose destructor is the core module's own function, which makes and drops the next of a chain. */
const chain = `(component
  (core module $table (type $t (func (param i32))) (table $t (export "t") 1 funcref)
    (func (export "gone") (param i32) (call_indirect $t (type $t) (local.get 0) (i32.const 0))))
  (core instance $table (instantiate $table))
  (type $r (resource (rep i32) (dtor (core func $table "gone"))))
  (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
  (core module $m
    (import "r" "new" (func $new (param i32) (result i32))) (import "r" "drop" (func $drop (param i32)))
    (import "table" "t" (table 1 funcref)) (elem (i32.const 0) $gone)
    (func $gone (param i32)
      (if (local.get 0) (then (call $drop (call $new (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "f") (param i32) (call $gone (local.get 0))))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $new)) (export "drop" (func $drop)))) (with "table" (instance $table))))
  (func (export "f") (param "n" u32) (canon lift (core func $i "f"))))`;

test("destructors inside one another are bounded by the depth of calls", async () => {
  const program = make(chain);
  program.call("f", [100]);
  const fresh = await failure(() => make(chain, { keep: 0 }).call("f", [1_000_000]));
  const restored = await failure(() => program.call("f", [1_000_000]));
  for (const error of [fresh, restored]) {
    assert.equal(error.code, "call_depth_exceeded");
    assert.equal(error.message, "calls nested too deep", "the meter's bound is met before the host's");
    assert.equal(error.fuel, fresh.fuel);
  }
  program.call("f", [100]);
});

test("an allocator or post-return neither makes nor drops resources", async () => {
  const text = (realloc, after) =>
    alone(
      `(func (export "realloc") (param i32 i32 i32 i32) (result i32) ${realloc} (i32.const 64))
       (func (export "after") (param i32) ${after})
       (func (export "f") (param i32 i32) (result i32) (call $new (i32.const 7)))`,
      [
        [
          "f",
          '(param "x" string) (result u32)',
          '(memory (core memory $i "memory")) (realloc (core func $i "realloc")) (post-return (core func $i "after"))',
        ],
      ],
    );
  assert.equal(make(text("", "")).call("f", ["x"]).value, 1);
  for (const [realloc, after] of [
    ["(drop (call $new (i32.const 1)))", ""],
    ["", "(call $drop (local.get 0))"],
  ]) {
    const error = await failure(() => make(text(realloc, after)).call("f", ["x"]));
    assert.deepEqual([error.code, error.kind], ["trap", "cannot_leave"]);
  }
});

/** The bytes of steps such as "make 0 5; look 0". */
const walk = (told) =>
  Uint8Array.from(
    told.split("; ").flatMap((step) => {
      const [name, a = 0, b = 0] = step.split(" ");
      return [steps.indexOf(name), Number(a), Number(b)];
    }),
  );

/** What parts do with one another's resources, and how the call ends. */
const among = {
  "a borrow that is kept": ["make 0 5; keep 0", "borrow_kept", "a call kept 1 of"],
  "a borrow that is given away": ["make 0 5; give 0", "invalid_handle", "it is borrowed"],
  "one handle given twice in a call": ["make 0 5; merge 0 0", "invalid_handle", "none of this number"],
  "a handle lent and given in one call": ["make 0 5; absorb 0 0", "invalid_handle", "it is lent"],
  "a handle that another part has now": ["make 0 5; hoard 0; get 0", "invalid_handle", "none of this number"],
  "a slot without a handle": ["get 0", "invalid_handle", "none of this number"],
};

for (const [name, [told, kind, reason]] of Object.entries(among)) {
  test(`${name} traps: ${kind}`, async () => {
    const program = make(composed);
    const error = await failure(() => program.call("run", [walk(told)]));
    assert.deepEqual([error.code, error.kind], ["trap", kind], error.message);
    assert.ok(error.message.includes(reason), error.message);
    const good = program.call("run", [walk("make 0 5; look 0; look 0; live")]);
    assert.deepEqual([...good.value], [1, 5, 5, 1], "nothing is left of it");
  });
}

/** A part that calls its own function as another's: by way of a table, for its core module is there before the function is. */
const itself = `(component
  (core module $table (type $t (func (result i32))) (table $t (export "t") 1 funcref)
    (func (export "through") (result i32) (call_indirect $t (type $t) (i32.const 0))))
  (core instance $table (instantiate $table))
  (func $f (result u32) (canon lift (core func $table "through")))
  (core func $lowered (canon lower (func $f)))
  (core module $m (import "f" "f" (func $f (result i32))) (import "table" "t" (table 1 funcref)) (elem (i32.const 0) $f))
  (core instance (instantiate $m (with "f" (instance (export "f" (func $lowered)))) (with "table" (instance $table))))
  (export "f" (func $f)))`;

test("a part that calls itself from outside traps", async () => {
  const error = await failure(() => make(itself).call("f", []));
  assert.deepEqual([error.code, error.kind], ["trap", "adapter"]);
  assert.match(error.message, /cannot enter component instance/);
});

test("what a call lends it has back afterwards", () => {
  const { value } = make(composed).call("run", [walk("make 0 5; make 1 6; all 0 2; absorb 0 1; drop 0; live")]);
  assert.deepEqual([...value], [1, 2, 11, 11, 0, 0]);
});
