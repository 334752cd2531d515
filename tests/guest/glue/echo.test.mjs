// The canonical ABI: values of every WIT type go into a guest made by wit-bindgen, directly and by way of the host, and come back equal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { echo, interfaces } from "./echo-suite.mjs";
import { bundleOf, bundleOfText, component, echoGuest, failure } from "./rig.mjs";
import { difference, expected, random, value } from "./values.mjs";

const file = echoGuest();
const bundle = bundleOf(file, "--any-import");
const { plan } = bundle.manifest;
const kinds = new Set(plan.types.map((type) => Object.keys(type)[0]));
const make = (options, { manifest, modules } = bundle) => new Program(manifest, modules, { interfaces, ...options });

test("the echo guest has every kind of type, flags as many as there can be, and more than sixteen flat parameters", () => {
  const wanted = ["enum", "flags", "list", "option", "record", "result", "tuple", "variant"];
  assert.deepEqual([...kinds].sort(), wanted);
  assert.ok(plan.types.some(({ flags }) => flags?.length === 32));
  assert.ok(
    plan.types.some(({ enum: names }) => names?.length === 300),
    "an enum that takes two bytes",
  );
  const used = new Set(
    plan.exports.flatMap(({ params }) => params.map(([, type]) => type)).filter((type) => typeof type === "string"),
  );
  const all = ["bool", "char", "f32", "f64", "s16", "s32", "s64", "s8", "string", "u16", "u32", "u64", "u8"];
  assert.deepEqual([...used].sort(), all);
});

test("values of every type come back equal from an instance that is restored for each call", () => {
  for (const seed of [1, 2, 3]) {
    const { calls, wrong } = echo(make(), plan, { seed, rounds: 25 });
    assert.deepEqual(wrong, []);
    assert.ok(calls >= 25 * 80, `${calls} calls`);
  }
});

test("a fresh instance for each call gives the same values for the same fuel", () => {
  const options = { seed: 4, rounds: 10 };
  const restored = echo(make(), plan, options);
  const fresh = echo(make({ keep: 0 }), plan, options);
  assert.deepEqual(fresh.wrong, []);
  assert.equal(fresh.fuel, restored.fuel);
});

test("with the shim between host and guest left in, values come back equal too", () => {
  const whole = bundleOf(file, "--any-import", "--every-module");
  assert.ok(whole.modules.length > bundle.modules.length, `${whole.modules.length} core modules`);
  const { wrong } = echo(make({}, whole), whole.manifest.plan, { seed: 5, rounds: 10 });
  assert.deepEqual(wrong, []);
});

test("what the suite calls equal is told apart where it differs", () => {
  assert.equal(difference(expected("a\ud800"), "a\ufffd"), undefined);
  for (const [a, b] of [
    [0, -0],
    [1n, 1],
    [null, undefined],
    [[1], [1, 2]],
    [{ a: 1 }, { a: 1, b: 2 }],
    [Uint8Array.of(1), [1]],
    [Number.NaN, 0],
  ]) {
    assert.notEqual(difference(a, b), undefined, `${String(a)} and ${String(b)}`);
  }
});

test("a host that gives another value is noticed", () => {
  const liar = { "echo:guest/host@0.1.0": { ...interfaces["echo:guest/host@0.1.0"], "a-u32": () => 7 } };
  const named = new Proxy(liar["echo:guest/host@0.1.0"], {
    get: (own, name) => own[name] ?? ((_host, one, ...more) => (name === "spill" ? [one, ...more] : one)),
  });
  const { wrong } = echo(make({ interfaces: { "echo:guest/host@0.1.0": named } }), plan, { seed: 6, rounds: 3 });
  assert.ok(wrong.length > 0 && wrong.every((line) => line.includes("relay@0.1.0#a-u32")), wrong.join("\n"));
});

test("the error of a result is the call's failure, and the instance lives on", async () => {
  const program = make();
  const error = await failure(() => program.call("fail", ["it broke: é"]));
  assert.equal(error.code, "guest_error");
  assert.equal(error.payload, "it broke: é");
  assert.equal(error.message, "it broke: é");
  assert.ok(error.fuel > 0);
  assert.equal(program.call("plain", []).instance, "restored");
  assert.equal(program.call("plain", []).value, undefined);
});

test("an export that isn't there is named, with those that are", async () => {
  const error = await failure(() => make().call("plane", []));
  assert.equal(error.code, "export_not_found");
  assert.match(
    error.message,
    /^no export `plane`; there are `fail`, `plain`, `echo:guest\/echo@0.1.0#a-bool`, .* and 72 more$/,
  );
});

for (const strings of ["utf8", "utf16", "latin1+utf16"]) {
  test(`strings of every kind come back equal in ${strings}`, () => {
    const core = `(func (export "back") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))`;
    const text = component(core, [["back", '(param "x" (list string)) (result (list string))']], {
      memory: "40",
      strings,
    });
    const own = bundleOfText(text);
    assert.equal(own.manifest.plan.contexts[0].encoding, strings);
    const program = new Program(own.manifest, own.modules);
    const next = random(12);
    for (let round = 0; round < 200; round++) {
      const given = Array.from({ length: 5 }, () => value(next, "string", []));
      assert.equal(difference(program.call("back", [given]).value, expected(given)), undefined);
    }
  });
}
