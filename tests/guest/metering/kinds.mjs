// Guests that each do one kind of work for ever, in the text format. Each exports `run`.

const repeat = (count, text) => Array.from({ length: count }, (_, index) => text.replaceAll("#", index)).join(" ");
const module = (...parts) => `(module ${parts.join("\n")})`;
const run = (...body) => `(func (export "run") ${body.join(" ")})`;
const forever = (...body) => `(loop $again ${body.join(" ")} (br $again))`;
const looped = (locals, ...body) => module(run(locals, forever(...body)));

/** A loop whose result is kept, so that no compiler leaves the work out. */
const kept = (type, locals, ...body) =>
  module(
    `(global $kept (mut ${type}) (${type}.const ${type === "v128" ? "i64x2 0 0" : "0"}))`,
    run(`(local $a ${type}) ${locals}`, forever(...body, "(global.set $kept (local.get $a))")),
  );

/** An operation with two operands, on values that no compiler can know, many times over. */
const binary = (type, operator, unroll = 32) =>
  kept(
    type,
    `(local $b ${type})`,
    `(local.set $b (${type}.add (local.get $b) (${type}.const 3)))`,
    repeat(unroll, `(local.set $a (${type}.add (${operator} (local.get $a) (local.get $b)) (${type}.const 17)))`),
  );

const unary = (type, operation, unroll = 32) =>
  kept(
    type,
    "",
    repeat(unroll, `(local.set $a (${type}.add ${operation.replace("$", "(local.get $a)")} (${type}.const 17)))`),
  );

const vector = (body, unroll = 32) =>
  kept(
    "v128",
    "(local $b v128) (local $n i32)",
    "(local.set $n (i32.add (local.get $n) (i32.const 1)))",
    "(local.set $b (v128.xor (local.get $b) (i32x4.splat (local.get $n))))",
    repeat(unroll, `(local.set $a (v128.xor (local.get $b) ${body}))`),
  );

const memory = (pages, locals, ...body) => module(`(memory ${pages})`, run(locals, forever(...body)));

const table = (size, ...body) =>
  module(
    `(table $t ${size} ${size * 2} funcref) (func $f)`,
    `(elem $e func ${repeat(Math.min(size, 1000), "$f")})`,
    "(elem (table $t) (i32.const 0) func $f)",
    run("(local $n i32)", "(local.set $n (i32.const 1))", forever(...body)),
  );

const tag = "(tag $t (param i32))";
const caught = (body) => `(drop (block $on (result i32) (try_table (catch $t $on) ${body}) (unreachable)))`;

const arms = 64;
const ladder = (index, arm) => {
  let text = `(br_table ${repeat(arms, "#")} (i32.and ${index} (i32.const ${arms - 1})))`;
  for (let at = 0; at < arms; at += 1) text = `(block ${text}) ${arm.replaceAll("#", at)}`;
  return text;
};

// Numbers that a branch predictor can't foresee.
const random =
  "(local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))" +
  "(local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))" +
  "(local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))";
const seeded = "(local.set $x (i32.const 2463534242))";

/** By name. `hostile`: how much dearer than the others it may be, where the machine's own cache decides. */
export const kinds = {
  "an empty loop": looped("", ""),
  "a counting loop": looped("(local $n i32)", "(local.set $n (i32.add (local.get $n) (i32.const 1)))"),
  "nested loops": looped(
    "(local $n i32)",
    "(local.set $n (i32.const 10)) (loop $in (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $in (local.get $n)))",
  ),
  additions: binary("i64", "i64.add"),
  multiplications: binary("i64", "i64.mul"),
  "32-bit divisions": binary("i32", "i32.div_u"),
  "64-bit divisions": binary("i64", "i64.div_u"),
  "64-bit remainders": binary("i64", "i64.rem_s"),
  "bit counts": unary("i64", "(i64.popcnt $)"),
  "float additions": binary("f64", "f64.add"),
  "float divisions": binary("f64", "f64.div"),
  "float minima": binary("f64", "f64.min"),
  "square roots": unary("f64", "(f64.sqrt $)"),
  roundings: unary("f32", "(f32.nearest $)"),
  "saturating conversions": unary("f64", "(f64.convert_i64_u (i64.trunc_sat_f64_u $))"),
  "vector additions": vector("(i32x4.add (local.get $a) (local.get $b))"),
  "vector multiplications": vector("(i64x2.mul (local.get $a) (local.get $b))"),
  "vector shifts": vector("(i8x16.shr_s (local.get $a) (local.get $n))"),
  "vector swizzles": vector("(i8x16.swizzle (local.get $a) (local.get $b))"),
  "vector bit counts": vector("(i8x16.popcnt (local.get $a))"),
  "vector conversions": vector("(i32x4.trunc_sat_f32x4_u (local.get $a))"),
  "vector minima": vector("(f64x2.min (local.get $a) (local.get $b))"),
  "vector divisions": vector("(f64x2.div (local.get $a) (local.get $b))"),
  "vector square roots": vector("(f64x2.sqrt (local.get $a))"),
  loads: memory(
    1,
    "(local $n i32) (local $sum i32)",
    "(local.set $n (i32.and (i32.add (local.get $n) (i32.const 4)) (i32.const 4095)))",
    repeat(16, "(local.set $sum (i32.add (local.get $sum) (i32.load offset=# (local.get $n))))"),
    "(i32.store (i32.const 8192) (local.get $sum))",
  ),
  stores: memory(
    1,
    "(local $n i32)",
    "(local.set $n (i32.and (i32.add (local.get $n) (i32.const 4)) (i32.const 4095)))",
    repeat(16, "(i32.store offset=# (local.get $n) (local.get $n))"),
  ),
  globals: module(
    "(global $g (mut i64) (i64.const 0))",
    run(forever(repeat(16, "(global.set $g (i64.add (global.get $g) (i64.const 1)))"))),
  ),
  "branches that nobody foresees": kept(
    "i32",
    "(local $x i32)",
    `(if (i32.eqz (local.get $x)) (then ${seeded}))`,
    random,
    "(if (i32.and (local.get $x) (i32.const 1))",
    "(then (local.set $a (i32.mul (local.get $a) (i32.const 7)))) (else (global.set $kept (i32.const 3))))",
  ),
  "a ladder of br_table": kept(
    "i32",
    "(local $x i32)",
    `(if (i32.eqz (local.get $x)) (then ${seeded}))`,
    random,
    `(block $out ${ladder("(local.get $x)", "(local.set $a (i32.add (local.get $a) (i32.const #))) (br $out)")})`,
  ),
  "a br_table that falls through": kept(
    "i32",
    "",
    ladder("(local.get $a)", "(local.set $a (i32.add (local.get $a) (i32.const #)))"),
  ),
  "direct calls": module(
    "(global $g (mut i32) (i32.const 0))",
    `(func $leaf (param i32) ${repeat(150, "(if (i32.eq (local.get 0) (i32.const #)) (then (global.set $g (local.get 0)) (return)))")})`,
    run(forever("(call $leaf (i32.const 0))")),
  ),
  "calls with many parameters": module(
    `(type $f (func (param ${repeat(100, "i32")}) (result i32))) (table 2 2 funcref) (elem (i32.const 0) func $f $g)`,
    `(func $f (type $f) (local.get 99)) (func $g (type $f) (i32.add (local.get 50) (local.get 98)))`,
    run(
      "(local $n i32)",
      forever(
        `(local.set $n (i32.add (i32.const 1) (call_indirect (type $f) ${repeat(100, "(local.get $n)")} (i32.and (local.get $n) (i32.const 1)))))`,
      ),
    ),
  ),
  recursion: module(
    "(func $fib (param i32) (result i32) (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))" +
      " (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))",
    run(forever("(drop (call $fib (i32.const 20)))")),
  ),
  "deep recursion": module(
    "(func $down (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))",
    run(forever("(drop (call $down (i32.const 2000)))")),
  ),
  "functions with many locals": module(
    // It might call itself, so that no compiler puts it into its caller; locals that matter are cleared at each call.
    `(func $wide (param i32) (result i64) (local ${repeat(900, "i64")}) (if (local.get 0) (then (loop $l ${repeat(900, "(local.set # (i64.add (local.get #) (i64.const 1)))").replaceAll("(local.set 0 (i64.add (local.get 0) (i64.const 1)))", "")} (br_if $l (local.get 0))) (drop (call $wide (i32.const 0))))) (i64.add (local.get 1) (local.get 900)))`,
    run(forever("(drop (call $wide (i32.const 0)))")),
  ),
  "indirect calls": module(
    "(type $f (func (param i32) (result i32))) (table 4 4 funcref) (elem (i32.const 0) func $a $b $a $b)",
    "(func $a (type $f) (local.get 0)) (func $b (type $f) (i32.const 1))",
    run(
      "(local $n i32)",
      forever(
        "(local.set $n (i32.add (local.get $n) (i32.const 1)))",
        "(drop (call_indirect (type $f) (local.get $n) (i32.and (local.get $n) (i32.const 3))))",
      ),
    ),
  ),
  "tail calls": module(
    "(func $go (param i32) (return_call $go (i32.add (local.get 0) (i32.const 1))))",
    run("(call $go (i32.const 0))"),
  ),
  "indirect tail calls": module(
    "(type $f (func (param i32))) (table 1 1 funcref) (elem (i32.const 0) func $go)",
    "(func $go (type $f) (return_call_indirect (type $f) (i32.add (local.get 0) (i32.const 1)) (i32.const 0)))",
    run("(call $go (i32.const 0))"),
  ),
  "host calls": module(
    '(import "env" "nothing" (func $nothing (param i32)))',
    run(forever("(call $nothing (i32.const 1))")),
  ),
  "long fills": memory(64, "", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000))"),
  "long copies": memory(64, "", "(memory.copy (i32.const 1000000) (i32.const 0) (i32.const 1000000))"),
  "long initialisations": module(
    `(memory 1) (data $d "${"x".repeat(60_000)}")`,
    run(forever("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 60000))")),
  ),
  "copies larger than any cache": memory(
    1000,
    "",
    "(memory.copy (i32.const 32000000) (i32.const 0) (i32.const 32000000))",
  ),
  "short fills": memory(1, "", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1))"),
  "short copies": memory(1, "", "(memory.copy (i32.const 64) (i32.const 0) (i32.const 3))"),
  "empty initialisations": module(
    '(memory 1) (data $d "x")',
    run(forever("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))")),
  ),
  "dropped segments": module('(memory 1) (data $d "x")', run(forever("(data.drop $d)"))),
  "growth by nothing": memory(1, "", "(drop (memory.grow (i32.const 0)))"),
  "growth that is refused": memory(1, "", "(drop (memory.grow (i32.const 60000)))"),
  "memory sizes": memory(
    1,
    "(local $n i32)",
    repeat(16, "(local.set $n (i32.add (local.get $n) (memory.size)))"),
    "(i32.store (i32.const 0) (local.get $n))",
  ),
  "table reads": table(16, repeat(8, "(drop (ref.is_null (table.get $t (i32.and (local.get $n) (i32.const 15)))))")),
  "table writes": table(16, repeat(8, "(table.set $t (i32.and (local.get $n) (i32.const 15)) (ref.func $f))")),
  "function references": module(
    "(global $g (mut funcref) (ref.null func)) (func $f) (elem declare func $f)",
    run(forever(repeat(8, "(global.set $g (ref.func $f))"))),
  ),
  "long table fills": table(10000, "(table.fill $t (i32.const 0) (ref.func $f) (i32.const 10000))"),
  "long table copies": table(10000, "(table.copy $t $t (i32.const 5000) (i32.const 0) (i32.const 5000))"),
  "long table initialisations": table(1000, "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1000))"),
  "short table fills": table(16, "(table.fill $t (i32.const 0) (ref.func $f) (i32.const 1))"),
  "short table copies": table(16, "(table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 1))"),
  "short table initialisations": table(16, "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))"),
  "table growth by nothing": table(16, "(drop (table.grow $t (ref.null func) (i32.const 0)))"),
  "dropped element segments": table(16, "(elem.drop $e)"),
  exceptions: module(tag, run(forever(caught("(throw $t (i32.const 1))")))),
  "exceptions from far below": module(
    tag,
    "(func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))) (return))) (throw $t (i32.const 1)))",
    run(forever(caught("(call $down (i32.const 1000))"))),
  ),
  "exceptions of the host's": module(
    '(import "env" "suspending" (func $suspending))',
    run(forever("(block $all (try_table (catch_all $all) (call $suspending)))")),
  ),
  "exceptions passed on": module(
    tag,
    "(func $f (block $all (result exnref) (try_table (catch_all_ref $all) (throw $t (i32.const 1))) (unreachable)) (throw_ref))",
    run(forever(caught("(call $f)"))),
  ),
};

/** What only a start function does. */
export const startFunction = "(module (func $start (loop (br 0))) (start $start))";

/** Reads from all over a large memory: each waits for the machine's memory, whose speed no count of operators knows. */
export const cacheMisses = memory(
  1024,
  "(local $x i32) (local $sum i32)",
  `(if (i32.eqz (local.get $x)) (then ${seeded}))`,
  "(local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))",
  "(local.set $x (i32.add (local.get $x) (i32.load (i32.shl (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 2)))))",
);
