// A guest that catches exceptions can't go on after the host has failed it: it would fail again and again, each time at the host's cost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { bundleOfText } from "./rig.mjs";

const { manifest, modules } = bundleOfText(`(module
  (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (global $tries (mut i32) (i32.const 0))
  (func (export "run") (param $level i32) (result i32)
    (loop $again
      (global.set $tries (i32.add (global.get $tries) (i32.const 1)))
      (block $caught (try_table (catch_all $caught) (call $log (local.get $level) (i32.const 0) (i32.const 1)) (return (global.get $tries))))
      (br $again))
    (unreachable)))`);

test("what the host throws ends the guest, though it catches everything", () => {
  let calls = 0;
  const log = () => {
    calls += 1;
    throw new Error("the log is full");
  };
  const program = new Program(manifest, modules);
  const call = () => program.call("run", [1], { host: { log }, fuel: 1_000_000 });
  assert.throws(call, (failure) => {
    assert.deepEqual([failure.name, failure.code], ["GuestFailure", "host_error"]);
    assert.match(failure.message, /the log is full/);
    assert.ok(failure.fuel > 0 && failure.fuel < 5_000, `${failure.fuel}`);
    return true;
  });
  assert.equal(calls, 1);
});

test("so does a value that doesn't fit the type of what it calls", () => {
  const program = new Program(manifest, modules);
  let calls = 0;
  const host = { log: () => (calls += 1) };
  assert.throws(
    () => program.call("run", [77], { host, fuel: 1_000_000 }),
    (failure) => failure.code === "trap" && failure.kind === "invalid_value" && failure.fuel < 5_000,
  );
  assert.equal(calls, 0);
});

test("a guest that nothing fails goes on", () => {
  const program = new Program(manifest, modules);
  let calls = 0;
  assert.equal(program.call("run", [1], { host: { log: () => (calls += 1) } }).value, 1);
  assert.equal(calls, 1);
});
