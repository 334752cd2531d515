// Components that are made of others: strings go from one part's memory to another's, in whatever encodings the two have, and each part keeps to
// the rules on its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Program } from "../../../js/guest/index.js";
import { transcoder } from "../../../js/guest/transcode.js";
import { bundleOfText, failure } from "./rig.mjs";
import { difference, expected, random, value } from "./values.mjs";

const encodings = ["utf8", "utf16", "latin1+utf16"];

const allocator = `(memory (export "memory") 40)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next)
    (if (local.get 0) (then (memory.copy (global.get $next) (local.get 0) (local.get 1))))
    (global.set $next (i32.add (global.get $next) (local.get 3))))`;

/**
 * Two components, the outer of which passes strings on to the inner and back.
 *
 * @param {string} inner  the inner one's encoding
 * @param {string} outer  the outer one's
 * @param {string} [back] what the inner one does with the string at local 0, of the length in local 1
 */
const composed = (
  inner,
  outer,
  back = "(i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))",
) => `(component
  (component $inner
    (core module $m ${allocator} (func (export "back") (param i32 i32) (result i32) ${back} (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "back") (param "x" string) (result string)
      (canon lift (core func $i "back") (memory (core memory $i "memory")) (realloc (core func $i "realloc")) string-encoding=${inner})))
  (component $outer
    (import "back" (func $back (param "x" string) (result string)))
    (core module $libc ${allocator})
    (core instance $c (instantiate $libc))
    (core func $lowered
      (canon lower (func $back) (memory (core memory $c "memory")) (realloc (core func $c "realloc")) string-encoding=${outer}))
    (core module $m
      (import "host" "back" (func $back (param i32 i32 i32))) (import "libc" "memory" (memory 40))
      (func (export "pass") (param i32 i32) (result i32)
        (call $back (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
    (core instance $i (instantiate $m (with "host" (instance (export "back" (func $lowered)))) (with "libc" (instance $c))))
    (func (export "pass") (param "x" string) (result string)
      (canon lift (core func $i "pass") (memory (core memory $c "memory")) (realloc (core func $c "realloc")) string-encoding=${outer})))
  (instance $a (instantiate $inner))
  (instance $b (instantiate $outer (with "back" (func $a "back"))))
  (export "pass" (func $b "pass")))`;

const make = (text) => {
  const { manifest, modules } = bundleOfText(text);
  return new Program(manifest, modules);
};

for (const inner of encodings) {
  for (const outer of encodings) {
    test(`strings come back equal through ${outer} and ${inner}`, () => {
      const program = make(composed(inner, outer));
      const next = random(31);
      for (let round = 0; round < 150; round++) {
        const given = value(next, "string", []);
        const { value: got, fuel } = program.call("pass", [given]);
        assert.equal(difference(got, expected(given)), undefined, JSON.stringify(given.slice(0, 50)));
        assert.ok(fuel > 4 * given.length, "each of the four copies is charged");
      }
    });
  }
}

/** Recodes Latin-1 as UTF-8 between memories of these sizes. */
function widened(given, room) {
  const memories = [new WebAssembly.Memory({ initial: 1 }), new WebAssembly.Memory({ initial: 1 })];
  new Uint8Array(memories[0].buffer).set(given, 8);
  new Uint8Array(memories[1].buffer).fill(0xee);
  const guest = { at: ([which]) => memories[which], charge() {}, pay() {} };
  const plan = { operation: "latin1-to-utf8", from: [0, "memory"], to: [1, "memory"] };
  const [read, written] = transcoder(/** @type {any} */ (guest), /** @type {any} */ (plan))(8, given.length, 16, room);
  const after = new Uint8Array(memories[1].buffer).subarray(16);
  return { read, text: Buffer.from(after.subarray(0, written)).toString(), past: after[written], written };
}

test("every character of Latin-1 becomes UTF-8, as far as there is room", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = String.fromCharCode(...all);
  const encoder = new TextEncoder();
  for (let room = 0; room <= 400; room++) {
    const { read, written } = encoder.encodeInto(text, new Uint8Array(room));
    const expected = { read, text: text.slice(0, read), past: 0xee, written };
    assert.deepEqual(widened(all, room), expected, `${room} bytes of room`);
  }
});

test("a long string of Latin-1 becomes UTF-8 without a multiple of it on the host's heap", async () => {
  const script = `
    import { parentPort } from "node:worker_threads";
    const { transcoder } = await import(${JSON.stringify(new URL("../../../js/guest/transcode.js", import.meta.url))});
    const memory = new WebAssembly.Memory({ initial: 256 });
    new Uint8Array(memory.buffer, 0, 4 << 20).fill(0xe9);
    const guest = { at: () => memory, charge() {}, pay() {} };
    const recode = transcoder(guest, { operation: "latin1-to-utf8", from: [0, "memory"], to: [0, "memory"] });
    parentPort.postMessage(recode(0, 4 << 20, 4 << 20, 8 << 20));`;
  const limits = { maxOldGenerationSizeMb: 32 };
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { resourceLimits: limits });
  const done = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.deepEqual(done, [4 << 20, 8 << 20]);
});

test("a part that gives another a string from past its memory traps, whoever called it", async () => {
  const program = make(
    composed(
      "utf8",
      "utf8",
      "(i32.store (i32.const 16) (i32.const 2621430)) (i32.store (i32.const 20) (i32.const 100))",
    ),
  );
  const error = await failure(() => program.call("pass", ["x"]));
  assert.equal(error.code, "trap", `${error.code}: ${error.message}`);
});

test("a part that gives another a string that is none traps", async () => {
  const bytes =
    "(i32.store8 (i32.const 64) (i32.const 255)) (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 1))";
  for (const outer of encodings) {
    const error = await failure(() => make(composed("utf8", outer, bytes)).call("pass", ["x"]));
    assert.deepEqual([error.code, error.kind], ["trap", "invalid_value"], error.message);
  }
});

test("a part that loops uses up the fuel of the call", async () => {
  const program = make(composed("utf8", "utf16", "(loop $l (br $l))"));
  const error = await failure(() => program.call("pass", ["x"], { fuel: 1e6 }));
  assert.deepEqual([error.code, error.fuel], ["fuel_exhausted", 1e6]);
});
