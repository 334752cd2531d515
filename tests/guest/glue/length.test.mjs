// How long a value's JSON text would be is known before it is made: to the character, and without much of the host's memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { JsonProgram, Program } from "../../../js/guest/index.js";
import { fits } from "../../../js/guest/json/length.js";
import { interfaces } from "./echo-suite.mjs";
import { bundleOf, bundleOfText, component, echoGuest, failure } from "./rig.mjs";
import { random, value } from "./values.mjs";

const MOST = 16 * 1024 * 1024;

test("values of every type have as many characters as are counted", () => {
  const { manifest, modules } = bundleOf(echoGuest(), "--any-import");
  const { plan } = manifest;
  const program = new Program(manifest, modules, { interfaces });
  const json = new JsonProgram(program);
  const next = random(23);
  let looked = 0;
  for (let round = 0; round < 20; round++) {
    for (const { interface: from, name, params } of plan.exports) {
      if (from === "") continue;
      const called = `${from}#${name}`;
      const args = params.map(([, type]) => value(next, type, plan.types));
      const { value: carried } = program.call(called, args);
      const { length } = JSON.stringify(json.functions.get(called).as.value(carried));
      assert.ok(fits(carried, length) && !fits(carried, length - 1), `${name} in round ${round}`);
      looked += 1;
    }
  }
  assert.ok(looked > 500, `${looked} values`);
});

test("what is escaped, and numbers at their ends, too", () => {
  const all = String.fromCharCode(...Array.from({ length: 0x300 }, (_, unit) => unit));
  for (const [carried, written] of [
    [all, all],
    ["\ud83d\ude00", "\ud83d\ude00"],
    [
      Float64Array.of(-2.2250738585072014e-308, -0, Number.NaN, -Infinity),
      [-2.2250738585072014e-308, 0, "NaN", "-Infinity"],
    ],
    [Float32Array.of(-1.1754943508222875e-38), [-1.1754943508222875e-38]],
    [BigInt64Array.of(-(2n ** 63n), 5n), ["-9223372036854775808", 5]],
    [BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n - 1n), ["18446744073709551615", 9007199254740991]],
    [Int8Array.of(-128, 0), [-128, 0]],
    [new Int16Array(0), []],
    [{ tag: "none" }, { tag: "none" }],
    [
      [null, undefined, true, false, {}],
      [null, null, true, false, {}],
    ],
  ]) {
    const { length } = JSON.stringify(written);
    assert.ok(fits(carried, length) && !fits(carried, length - 1), JSON.stringify(written));
  }
});

/** Calls a function of `type` in a thread with 64 MiB of heap; it gives, or fails with, what the expression `value` makes. */
async function called(type, value) {
  const result = type.startsWith("result") ? 1 : 0;
  const of = (path) => JSON.stringify(new URL(path, import.meta.url));
  const script = `
    import { parentPort } from "node:worker_threads";
    const { JsonProgram } = await import(${of("../../../js/guest/json/index.js")});
    const { callExport } = await import(${of("../../../js/isolate/call.js")});
    const { GuestFailure } = await import(${of("../../../js/guest/index.js")});
    const plan = { types: [{ list: ${JSON.stringify(type.replace("result ", ""))} }, { result: [null, 0] }], exports: [{ params: [], result: ${result} }] };
    // As Program does with what came out of a guest.
    const call = (name, args, options, as) => ({ value: as.${result ? "error" : "value"}(${value}), fuel: 7 });
    const json = new JsonProgram({ plan, names: new Map([["f", 0]]), call });
    try {
      parentPort.postMessage(["ok", callExport(json, "f", "[]", {}).value.length]);
    } catch (error) {
      parentPort.postMessage([error.code ?? String(error), error.message]);
    }`;
  const limits = { maxOldGenerationSizeMb: 64 };
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { resourceLimits: limits });
  return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
}

const MIB = 1024 * 1024;

for (const [type, value] of [
  ["s8", `new Int8Array(${11 * MIB}).fill(-128)`],
  ["s16", `new Int16Array(${5.5 * MIB}).fill(-32768)`],
  ["f32", `new Float32Array(${2.75 * MIB}).fill(-1.1754943508222875e-38)`],
  ["f64", `new Float64Array(${1.375 * MIB}).fill(-2.2250738585072014e-308)`],
  ["string", `Array(1024).fill("\\u0001".repeat(${11 * 1024}))`],
  ["result s8", `new Int8Array(${11 * MIB}).fill(-128)`],
]) {
  test(`11 MiB of ${type} that would be too long are no text at any time`, async () => {
    const message = `the value's JSON text has more than ${MOST} characters`;
    assert.deepEqual(await called(type, value), ["value_too_large", message]);
  });
}

test("the same bytes pass where their text is short enough", async () => {
  assert.deepEqual(await called("s8", `new Int8Array(${2 * MIB}).fill(7)`), ["ok", 4 * MIB + 1]);
  assert.deepEqual(await called("f32", `new Float32Array(${2 * MIB})`), ["ok", 4 * MIB + 1]);
});

/** A program whose `f` returns an error of `type`, which lies at 8 where `core` has put it. */
function failing(type, core) {
  const body = `(i32.store8 (i32.const 0) (i32.const 1)) ${core} (i32.const 0)`;
  const text = component(`(func (export "f") (result i32) ${body})`, [["f", `(result (result (error ${type})))`]], {
    memory: "2",
  });
  const { manifest, modules } = bundleOfText(text);
  return new JsonProgram(new Program(manifest, modules));
}

test("a guest's own error is made text once", async (t) => {
  const core = "(i32.store (i32.const 8) (i32.const 7)) (i64.store (i32.const 16) (i64.const -1))";
  const program = failing("(tuple u32 u64)", core);
  const written = t.mock.method(JSON, "stringify");
  const error = await failure(() => program.call("f", []));
  assert.equal(written.mock.callCount(), 1);
  assert.deepEqual([error.code, error.message], ["guest_error", '[7,"18446744073709551615"]']);
  assert.deepEqual(error.payload, [7, "18446744073709551615"]);
});

test("of one that is long, the message says so, and what was spent is told", async () => {
  const core = "(i32.store (i32.const 4) (i32.const 32)) (i32.store (i32.const 8) (i32.const 70000))";
  const error = await failure(() => failing("(list s8)", core).call("f", []));
  assert.equal(error.message, "the guest returned an error of more than 65536 characters of JSON");
  assert.deepEqual([error.code, error.payload.length, error.instance], ["guest_error", 70_000, "fresh"]);
  assert.ok(error.fuel > 70_000 && error.memory === 2 * 65_536, `${error.fuel}, ${error.memory}`);
});
