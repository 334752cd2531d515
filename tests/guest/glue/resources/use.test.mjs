// What authors build with resources: a guest made by wit-bindgen, what a caller reaches of it, and when an instance serves again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonProgram, Program } from "../../../../js/guest/index.js";
import { bundleOf, bundleOfText, failure, shelfGuest } from "../rig.mjs";
import { alone } from "./texts.mjs";

const shelf = bundleOf(shelfGuest());
const { plan } = shelf.manifest;
const books = "shelf:guest/books@0.1.0";

/** A host that remembers what is logged. */
function host(lines) {
  const get = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return { tag: "ok", val: Uint8Array.of(1, 2, 3) };
  };
  return { log: (_, line) => lines.push(line), get };
}

test("a guest made by wit-bindgen makes, uses and drops its own resources, and their destructors run", async () => {
  const program = new Program(shelf.manifest, shelf.modules);
  let first;
  for (let time = 0; time < 4; time++) {
    const lines = [];
    const { value, fuel, instance } = await program.call("sort-out", [["a", "b", "c", "d", "e"]], {
      host: host(lines),
    });
    assert.deepEqual(value, [["a", "c", "e"], 2]);
    assert.deepEqual(lines, ["b", "d", "a", "c", "e"]);
    first ??= fuel;
    assert.deepEqual([fuel, instance], [first, time === 0 ? "fresh" : "restored"]);
  }
  const fresh = new Program(shelf.manifest, shelf.modules, { keep: 0 });
  assert.equal((await fresh.call("sort-out", [["a", "b", "c", "d", "e"]], { host: host([]) })).fuel, first);
});

test("its core module is alone, so that it owns the meter's state: the destructor needs no other", () => {
  assert.deepEqual([shelf.modules.length, plan.instances.length], [1, 1]);
  assert.deepEqual(plan.resources, [{ component: 0, destructor: [0, `${books}#[dtor]book`] }]);
});

test("a handle lives on while the guest waits", async () => {
  const error = await failure(() => new Program(shelf.manifest, shelf.modules).call("run", [], { host: host([]) }));
  assert.deepEqual([error.code, error.payload], ["guest_error", "kept, 3 bytes, 0 left"]);
});

test("a destructor can't wait", async () => {
  const error = await failure(() =>
    new Program(shelf.manifest, shelf.modules).call("sort-out", [["a", "waits"]], { host: host([]) }),
  );
  assert.deepEqual([error.code, error.kind], ["trap", "cannot_suspend"]);
  assert.match(error.message, /in a start function, an allocator or a destructor$/);
});

test("functions that pass resources are known and can't be called; the others of their interface can", async () => {
  const passing = ["[constructor]book", "[method]book.title", "[static]book.bind", "titles"];
  assert.deepEqual(
    plan.uncallable,
    passing.map((name) => [books, name, "passes a resource, which no call from outside can"]),
  );
  const program = new Program(shelf.manifest, shelf.modules);
  const json = new JsonProgram(program);
  for (const name of passing) {
    for (const call of [() => program.call(`${books}#${name}`, []), () => json.call(`${books}#${name}`, [])]) {
      const error = await failure(call);
      assert.equal(error.code, "export_not_found");
      assert.equal(
        error.message,
        `\`${books}#${name}\` passes a resource, which no call from outside can; export a function over plain values that uses it; there are \`sort-out\`, \`run\`, \`${books}#count\``,
      );
    }
  }
  assert.equal((await program.call(`${books}#count`, [])).value, 0);
  assert.match((await failure(() => program.call(`${books}#title`, []))).message, /^no export/);
});

test("handles that a call leaves behind are gone in the next, which is like the first", () => {
  const { manifest, modules } = bundleOfText(
    alone(
      '(func (export "f") (result i32) (drop (call $new (i32.const 1))) (call $drop (i32.const 1)) (drop (call $new (i32.const 1))) (call $new (i32.const 2)))',
      [["f", "(result u32)"]],
    ),
  );
  const program = new Program(manifest, modules);
  const outcomes = Array.from({ length: 3 }, () => program.call("f", []));
  assert.deepEqual(
    outcomes.map(({ value, instance }) => [value, instance]),
    [
      [2, "fresh"],
      [2, "restored"],
      [2, "restored"],
    ],
  );
  assert.equal(new Set(outcomes.map(({ fuel }) => fuel)).size, 1);
});

test("a guest that makes resources in its start function does so for each call", () => {
  const { manifest, modules } = bundleOfText(
    alone(
      '(func $start (drop (call $new (i32.const 7)))) (start $start) (func (export "f") (result i32) (call $rep (i32.const 1)))',
      [["f", "(result u32)"]],
    ),
  );
  const program = new Program(manifest, modules);
  for (let time = 0; time < 3; time++) {
    const { value, instance } = program.call("f", []);
    assert.deepEqual([value, instance], [7, "fresh"]);
  }
});
