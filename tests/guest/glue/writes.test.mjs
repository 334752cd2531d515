// Whatever writes to a guest's memory, and wherever, a restore undoes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { echo, interfaces } from "./echo-suite.mjs";
import { bundleOf, bundleOfText, component, echoGuest } from "./rig.mjs";

// What a restore tells apart (js/guest/restore.js).
const CHUNK = 4096;
const SIZE = 4 * 65536;

const stores = [
  ["i32.store", "i32", 4],
  ["i32.store8", "i32", 1],
  ["i32.store16", "i32", 2],
  ["i64.store", "i64", 8],
  ["i64.store8", "i64", 1],
  ["i64.store16", "i64", 2],
  ["i64.store32", "i64", 4],
  ["f32.store", "f32", 4],
  ["f64.store", "f64", 8],
  ["v128.store", "v128", 16],
  ["v128.store8_lane", "v128", 1, 5],
  ["v128.store16_lane", "v128", 2, 3],
  ["v128.store32_lane", "v128", 4, 1],
  ["v128.store64_lane", "v128", 8, 1],
];

const ones = { i32: "(i32.const -1)", i64: "(i64.const -1)", f32: "(f32.const nan)", f64: "(f64.const nan)" };
const value = (type) => ones[type] ?? "(v128.const i64x2 -1 -1)";

/** Each store at the address that it is given, without an offset, with a small one, and with one of more than a page. */
const written = (offset) =>
  stores.map(([name, type, , lane = ""]) => {
    const at = offset ? `offset=${offset}` : "";
    return `(func (export "${name} ${offset}") (param i32) (${name} ${at} ${lane} (local.get 0) ${value(type)}))`;
  });

const guest = `(module (memory (export "memory") 4)
  (data (i32.const ${CHUNK - 5}) "at a chunk's end") (data (i32.const ${SIZE - 4}) "last") (data $passive "${"p".repeat(10_000)}")
  ${[0, 100, 70_000].flatMap(written).join("\n")}
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
  (func (export "in a loop") (param $to i32) (local $at i32)
    (block $out (loop $on
      (br_if $out (i32.ge_u (local.get $at) (local.get $to)))
      (i32.store8 (local.get $at) (i32.const 7))
      (local.set $at (i32.add (local.get $at) (i32.const 3000)))
      (br $on))))
  (func (export "behind a return") (param i32) (result i32)
    (i64.store (local.get 0) (i64.const -1)) (return (i32.const 1)) (i32.store (i32.const -1)))
  (func (export "operands that write") (param i32 i32)
    (i32.store (block (result i32) (i32.store8 (local.get 1) (i32.const 9)) (local.get 0))
      (block (result i32) (local.set 0 (i32.const 8192)) (i64.store (local.get 0) (i64.const -1)) (i32.const 5))))
  (func (export "nothing")))`;

/** A program of `text`, and what its memory holds at first; `restored` gives what it holds after a call and a restore. */
function watched(text, options) {
  const { manifest, modules } = bundleOfText(text);
  const program = new Program(manifest, modules, options);
  program.call("nothing", []);
  program.tidy();
  const [kept] = program.pool.idle;
  const bytes = () => new Uint8Array(kept.memories[0].buffer);
  const first = bytes().slice();
  return {
    program,
    /** Calls, and asserts that the call changed something, if `changes`, and that nothing of it is left. */
    leavesNothing(name, args, changes = true) {
      program.call(name, args);
      assert.equal(program.pool.idle[0], kept, `${name}: the instance is kept`);
      if (changes) assert.notDeepEqual(bytes(), first, `${name} ${args}: it wrote nothing`);
      program.tidy();
      assert.equal(Buffer.compare(bytes(), first), 0, `${name} ${args}: something is left`);
    },
  };
}

test("each store at every place around a chunk's end, and at the memory's, leaves nothing", () => {
  const { leavesNothing } = watched(guest);
  for (const [name, , width] of stores) {
    for (const offset of [0, 100, 70_000]) {
      for (let place = -16; place <= 16; place++)
        leavesNothing(`${name} ${offset}`, [20 * CHUNK + place - (offset % CHUNK)]);
      leavesNothing(`${name} ${offset}`, [SIZE - width - offset]);
      leavesNothing(`${name} ${offset}`, [0]);
    }
  }
});

test("ranges of every length, from nothing to all, leave nothing", () => {
  const { leavesNothing } = watched(guest);
  for (const length of [1, 2, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 10_000]) {
    for (const from of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 7 * CHUNK - 8, SIZE - length]) {
      leavesNothing("fill", [from, 255, length]);
      leavesNothing("init", [from, 0, length]);
      leavesNothing("copy", [from, 9 * CHUNK, length], false);
      leavesNothing("copy", [from, CHUNK - 10, Math.min(length, 20)], false);
    }
  }
  leavesNothing("fill", [0, 255, SIZE]);
  for (const at of [0, 5, SIZE]) {
    for (const name of ["fill", "copy", "init"]) leavesNothing(name, [at, 0, 0], false);
  }
});

test("stores in loops, before a return and within each other's operands leave nothing", () => {
  const { leavesNothing } = watched(guest);
  leavesNothing("in a loop", [SIZE]);
  leavesNothing("behind a return", [3 * CHUNK - 3]);
  leavesNothing("operands that write", [30 * CHUNK - 2, 40 * CHUNK - 1]);
});

test("writes in any order leave nothing", () => {
  const { program, leavesNothing } = watched(guest);
  let seed = 20261126;
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const names = stores.map(([name]) => name);
  for (let round = 0; round < 300; round++) {
    const at = random(SIZE - 70_020);
    const kind = random(4);
    if (kind === 0) leavesNothing("fill", [at, 1 + random(255), 1 + random(20_000)]);
    else if (kind === 1) leavesNothing("copy", [at, random(SIZE - 20_000), random(20_000)], false);
    else if (kind === 2) leavesNothing("init", [at, random(100), 1 + random(9_000)]);
    else leavesNothing(`${names[random(names.length)]} ${[0, 100, 70_000][random(3)]}`, [at], false);
  }
  assert.equal(program.call("nothing", []).instance, "restored");
});

// An allocator that gives addresses near the ends of chunks.
const place = `(global $next (mut i32) (i32.const 4090))
  (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.add (local.get $new) (i32.const 4090))) (i32.const 0x1fff8)))
    (global.get $next))`;

test("what the host writes for a guest, wherever its allocator says, leaves nothing", () => {
  const core = `
    (func (export "text") (param i32 i32)) (func (export "numbers") (param i32 i32)) (func (export "bytes") (param i32 i32))
    (func (export "records") (param i32 i32)) (func (export "many") (param i32)) (func (export "nothing"))`;
  const many = Array.from({ length: 17 }, (_, at) => `(param "p${at}" u64)`).join(" ");
  const text = component(
    core,
    [
      ["text", '(param "x" string)'],
      ["numbers", '(param "x" (list u32))'],
      ["bytes", '(param "x" (list u8))'],
      ["records", '(param "x" (list (tuple string bool (option f64))))'],
      ["many", many],
      ["nothing", ""],
    ],
    { memory: "4", realloc: place },
  );
  const { leavesNothing } = watched(text);
  for (const length of [1, 7, 30, 5000, 70_000]) {
    leavesNothing("text", ["x".repeat(length)]);
    leavesNothing("text", [`${"x".repeat(length)}橋`]);
    leavesNothing("bytes", [new Uint8Array(length).fill(7)]);
    leavesNothing("numbers", [Array.from({ length: Math.min(length, 9000) }, (_, at) => at + 1)]);
    leavesNothing("records", [Array.from({ length: Math.min(length, 50) }, (_, at) => [`name ${at}`, true, at])]);
  }
  leavesNothing(
    "many",
    Array.from({ length: 17 }, (_, at) => BigInt(at + 1)),
  );
});

test("values of every type, given to a guest and to its imports' results, leave nothing", () => {
  const { manifest, modules } = bundleOf(echoGuest(), "--any-import");
  const program = new Program(manifest, modules, { interfaces });
  program.call("plain", []);
  program.tidy();
  const first = new Uint8Array(program.pool.idle[0].memories[0].buffer).slice();
  let looked = 0;
  const call = (...given) => {
    const outcome = program.call(...given);
    program.tidy();
    for (const { memories } of program.pool.idle) {
      assert.equal(Buffer.compare(new Uint8Array(memories[0].buffer), first), 0, `${given[0]}: something is left`);
      looked += 1;
    }
    return outcome;
  };
  const { wrong, calls } = echo(/** @type {any} */ ({ call }), manifest.plan, { seed: 26, rounds: 5 });
  assert.deepEqual(wrong, []);
  assert.ok(looked > calls / 2, `${looked} looks after ${calls} calls`);
});
