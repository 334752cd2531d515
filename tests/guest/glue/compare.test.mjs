// The same guest, the same values, through our glue and through what js-component-bindgen generates: the same results, and the host hears the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { bundleOf, echoGuest, failure, otherOf } from "./rig.mjs";
import { difference, expected, random, value } from "./values.mjs";

const file = echoGuest();
const { manifest, modules } = bundleOf(file, "--any-import");
const { plan } = manifest;
const { types } = plan;

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const nested = (type) => typeof type === "number" && "option" in types[type];

/** A value of ours as js-component-bindgen has it: none is undefined, flags are an object of booleans. */
function theirs(given, type) {
  if (typeof type === "string") return given;
  const [[kind, parts]] = Object.entries(types[type]);
  const carried = (cases) => {
    const of = cases.find(([name]) => name === given.tag)[1];
    return of === null ? { tag: given.tag } : { tag: given.tag, val: theirs(given.val, of) };
  };
  switch (kind) {
    case "record":
      return Object.fromEntries(parts.map(([name, of]) => [camel(name), theirs(given[name], of)]));
    case "tuple":
      return given.map((inner, i) => theirs(inner, parts[i]));
    case "list":
      return ArrayBuffer.isView(given) ? given : given.map((inner) => theirs(inner, parts));
    case "flags":
      return Object.fromEntries(parts.map((name) => [camel(name), given.includes(name)]));
    case "variant":
      return carried(parts);
    case "result":
      return carried([["ok", parts[0]], ["err", parts[1]]]); // biome-ignore format: one line says it
    case "option":
      if (nested(parts)) return carried([["none", null], ["some", parts]]); // biome-ignore format: one line says it
      return given === null ? undefined : theirs(given, parts);
    default:
      return given;
  }
}

/** What theirs gives for a case that carries nothing has a `val` of undefined. */
function bare(given) {
  if (Array.isArray(given)) return given.map(bare);
  if (ArrayBuffer.isView(given) || typeof given !== "object" || given === null) return given;
  const kept = Object.entries(given).filter(
    ([name, inner]) => !(name === "val" && inner === undefined && "tag" in given),
  );
  return Object.fromEntries(kept.map(([name, inner]) => [name, bare(inner)]));
}

/** A host that remembers what it heard last. */
function host(heard, name) {
  return (...args) => {
    heard.last = args;
    return name === "spill" ? args : args[0];
  };
}

const mine = {};
const interfaces = {
  "echo:guest/host@0.1.0": new Proxy(
    {},
    {
      get:
        (_, name) =>
        (_host, ...args) =>
          host(mine, name)(...args),
    },
  ),
};
const program = new Program(manifest, modules, { interfaces });
const yours = {};
const instantiate = await otherOf(file);
const names = plan.lowered.map(({ name }) => name);
const functions = Object.fromEntries(names.map((name) => [camel(name), host(yours, name)]));
const other = instantiate({
  "echo:guest/host": functions,
  "echo:guest/host@0.1.0": functions,
});

for (const which of ["echo", "relay"]) {
  test(`${which}: values of every type give the same in both`, () => {
    const next = random(21);
    let calls = 0;
    for (let round = 0; round < 15; round++) {
      for (const { interface: from, name, params, result } of plan.exports.filter((export_) =>
        export_.interface.includes(`/${which}@`),
      )) {
        const args = params.map(([, type]) => value(next, type, types));
        const outcome = program.call(`${from}#${name}`, args, { host: {} }).value;
        const theirOutcome = other[`echo:guest/${which}@0.1.0`][camel(name)](
          ...args.map((arg, i) => theirs(arg, params[i][1])),
        );
        const where = `${from}#${name}, round ${round}`;
        assert.equal(difference(theirs(outcome, result), bare(theirOutcome)), undefined, where);
        if (which === "relay") {
          const heard = mine.last.map((arg, i) => theirs(arg, params[i][1]));
          assert.equal(difference(heard, bare(yours.last)), undefined, `the host at ${where}`);
          assert.equal(difference(mine.last, expected(args)), undefined, `the host at ${where}`);
        }
        calls += 1;
      }
    }
    assert.ok(calls > 600, `${calls} calls`);
  });
}

test("the error of a result is the same", async () => {
  const error = await failure(() => program.call("fail", ["it broke"]));
  const theirError = await failure(() => other.fail("it broke"));
  assert.equal(error.payload, theirError.payload);
});
