// An instance of prepare that dies takes nothing along: whoever asked hears of it, and what it said last is for the log.
import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { run } from "../../../js/prepare/run.js";

/** A module with the exports of crates/prepare, of which `run` does what is given. */
function module(body) {
  const text = `(module
    (import "host" "died" (func $died (param i32 i32)))
    (memory (export "memory") 1 16)
    (data (i32.const 0) "it panicked") (data (i32.const 100) "{\\22files\\22:[{\\22name\\22:\\22a\\22}]}")
    (func (export "room") (param i32) (result i32) (i32.const 1024))
    (func $run (export "run") (result i32) ${body})
    (func (export "part_at") (param i32) (result i32) (select (i32.const 0) (i32.const 100) (local.get 0)))
    (func (export "part_length") (param i32) (result i32) (select (i32.const 11) (i32.const 24) (local.get 0))))`;
  const parsed = binaryen.parseText(text);
  return new WebAssembly.Module(parsed.emitBinary());
}
const upload = Uint8Array.of(1, 2, 3).buffer;

test("an answer's parts become its files", () => {
  const { files, memory } = run(module("(i32.const 2)"), upload);
  assert.equal(memory, 65536);
  assert.deepEqual(
    files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [["a", "it panicked"]],
  );
});

for (const [name, body, words] of [
  ["a trap", "(unreachable)", /unreachable/],
  ["a panic", "(call $died (i32.const 0) (i32.const 11)) (unreachable)", /^it panicked$/],
  ["recursion without end", "(call $run)", /call stack/],
  ["an answer that is nowhere", "(memory.fill (i32.const 100) (i32.const 0) (i32.const 30)) (i32.const 1)", /JSON/],
]) {
  test(`${name} is a death with its reason, not an exception`, () => {
    const answer = run(module(body), upload);
    assert.match(answer.death, words);
    assert.equal(answer.memory, 65536);
    assert.equal(answer.files, undefined);
  });
}

test("an upload for which there is no room is a death too", () => {
  const { death } = run(module("(i32.const 1)"), new ArrayBuffer(70_000));
  assert.ok(death, "writing past the memory");
});
