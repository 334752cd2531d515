// What a call may use, through the glue: fuel, memory, depth and time; what the host does for a guest is charged to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Program } from "../../../js/guest/index.js";
import { guests } from "../guests.mjs";
import { bundleOf, bundleOfText, component, failure } from "./rig.mjs";

const make = ({ manifest, modules }, options) => new Program(manifest, modules, options);
const files = await guests();
const misbehave = bundleOf(files.misbehave);
const proxy = bundleOf(files.proxy);

/** A host that answers every request with `answer`, after a while. */
const host = (answer, wait = 0) => {
  const requests = [];
  const fetch = async (request) => {
    requests.push(request);
    await new Promise((resolve) => setTimeout(resolve, wait));
    return answer;
  };
  return { requests, lines: [], log() {}, fetch, get: (uri) => fetch({ method: "get", uri }) };
};
const ok = { tag: "ok", val: { status: 204, headers: [], body: new Uint8Array() } };

test("a string is charged by the byte, in and out, whatever the guest does with it", () => {
  const core = `(func (export "take") (param i32 i32))
    (func (export "back") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))`;
  const program = make(
    bundleOfText(
      component(
        core,
        [
          ["take", '(param "x" string)'],
          ["back", '(param "x" string) (result string)'],
        ],
        { memory: "32" },
      ),
    ),
  );
  const fuel = (name, text) => program.call(name, [text]).fuel;
  const empty = { take: fuel("take", ""), back: fuel("back", "") };
  for (const bytes of [1, 1000, 1_000_000]) {
    assert.equal(fuel("take", "x".repeat(bytes)) - empty.take, bytes);
    assert.equal(fuel("back", "x".repeat(bytes)) - empty.back, 2 * bytes);
  }
  assert.ok(fuel("take", "日".repeat(1000)) - empty.take >= 3000, "three bytes for each of these");
});

test("a list is charged by its bytes and by its elements", () => {
  const core = '(func (export "take") (param i32 i32)) (func (export "each") (param i32 i32))';
  const program = make(
    bundleOfText(
      component(
        core,
        [
          ["take", '(param "x" (list u64))'],
          ["each", '(param "x" (list string))'],
        ],
        { memory: "32" },
      ),
    ),
  );
  const fuel = (name, list) => program.call(name, [list]).fuel;
  assert.equal(fuel("take", new BigUint64Array(1000)) - fuel("take", []), 8000);
  // 32 for the element, 8 for its pointer and length, 32 for the string, and what the allocator of this guest costs.
  const allocation = fuel("each", ["", ""]) - fuel("each", [""]) - 72;
  assert.ok(allocation > 0 && allocation < 100, `${allocation}`);
  assert.equal(fuel("each", new Array(1000).fill("ab")) - fuel("each", []), 1000 * (74 + allocation));
});

test("an argument that the fuel does not reach for is not even copied", async () => {
  const core = '(func (export "take") (param i32 i32))';
  const program = make(bundleOfText(component(core, [["take", '(param "x" string)']], { memory: "32" })));
  const error = await failure(() => program.call("take", ["x".repeat(100_000)], { fuel: 50_000 }));
  assert.equal(error.code, "fuel_exhausted");
  assert.equal(error.fuel, 50_000);
  assert.equal(program.call("take", ["x"], { fuel: 50_000 }).value, undefined);
});

test("a loop without end uses up exactly its fuel", async () => {
  const program = make(misbehave);
  for (const fuel of [1e5, 1e7]) {
    const error = await failure(() => program.call("loop-forever", [], { fuel, host: host(ok) }));
    assert.deepEqual([error.code, error.fuel], ["fuel_exhausted", fuel]);
  }
});

test("a call needs the fuel that it says it used, and no more", async () => {
  const program = make(
    bundleOfText('(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))'),
  );
  const { fuel } = program.call("f", [21]);
  assert.equal(program.call("f", [21], { fuel }).value, 42);
  assert.equal((await failure(() => program.call("f", [21], { fuel: fuel - 1 }))).code, "fuel_exhausted");
});

test("memory grows to the call's pages and not beyond; the next call is not held to this one's", async () => {
  const program = make(misbehave);
  for (const pages of [16, 64, 32]) {
    const { value, memory } = await program.call("grow-memory", [], { pages, host: host(ok) });
    assert.equal(value, pages);
    assert.equal(memory, pages * 65536);
  }
});

test("a module that begins with more memory than the call may have is refused, first call or not", async () => {
  const program = make(bundleOfText('(module (memory (export "memory") 3) (func (export "f")))'));
  const words = "the module begins with 3 pages of memory, and may have 2";
  for (const instance of ["fresh", "restored"]) {
    const error = await failure(() => program.call("f", [], { pages: 2 }));
    assert.deepEqual([error.code, error.message, error.instance], ["memory_limit_exceeded", words, instance]);
    assert.deepEqual([error.fuel, error.memory], [0, 3 * 65536], "nothing ran, so nothing was used");
    assert.equal(program.call("f", [], { pages: 3 }).memory, 3 * 65536);
  }
});

test("a module with a start function that begins with too much memory used no fuel either", async () => {
  const text = '(module (memory (export "memory") 3) (func $start) (start $start) (func (export "f")))';
  const program = make(bundleOfText(text));
  for (let i = 0; i < 2; i++) {
    const error = await failure(() => program.call("f", [], { pages: 2 }));
    assert.deepEqual([error.code, error.fuel], ["memory_limit_exceeded", 0]);
    assert.ok(program.call("f", [], { pages: 3 }).fuel > 0);
  }
});

test("a call that the host has no memory for used no fuel", async () => {
  const realloc = '(func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)';
  const program = make(bundleOfText(component('(func (export "f"))', [["f", ""]], { realloc })), { keep: 0 });
  program.call("f", []);
  // As if the allocation that fails here had come about once.
  program.pool.settles = true;
  const error = await failure(() => program.call("f", []));
  assert.deepEqual([error.code, error.fuel], ["host_error", 0]);
});

test("recursion without end is stopped by its depth", async () => {
  const error = await failure(() => make(misbehave).call("recurse-forever", [], { host: host(ok) }));
  assert.equal(error.code, "call_depth_exceeded", error.message);
});

for (const [death, kind] of [
  ["unreachable", "unreachable"],
  ["divide-by-zero", "integer_divide_by_zero"],
  ["out-of-bounds", "out_of_bounds_memory_access"],
  ["null-call", "indirect_call_type_mismatch"],
  ["panic", "unreachable"],
]) {
  test(`a trap has its kind: ${death}`, async () => {
    const error = await failure(() => make(misbehave).call("trap", [death], { host: host(ok) }));
    assert.equal(error.code, "trap", error.message);
    // An empty place in a table is either of two things, as V8 sees it.
    assert.ok(error.kind === kind || (death === "null-call" && error.kind === "null_reference"), error.kind);
    assert.ok(error.fuel > 0 && error.memory > 0);
  });
}

test("bytes that come out of a guest are limited", async () => {
  const program = make(misbehave);
  const call = (bytes, most) => program.call("answer-at-length", [bytes], { pages: 256, most, host: host(ok) });
  assert.equal((await call(10_000, 10_000)).value.length, 10_000);
  const error = await failure(() => call(10_001, 10_000));
  assert.deepEqual(
    [error.code, error.message],
    ["value_too_large", "the guest passed more than 10000 bytes to the host at once"],
  );
});

test("a guest waits for the host, and others run meanwhile", async () => {
  const program = make(misbehave);
  const slow = host(ok, 40);
  const calls = Array.from({ length: 8 }, (_, i) => program.call("call", [`http://example.com/${i}`], { host: slow }));
  assert.deepEqual(await Promise.all(calls).then((all) => all.map(({ value }) => value)), new Array(8).fill(204));
  assert.deepEqual(
    slow.requests.map(({ uri }) => uri).sort(),
    Array.from({ length: 8 }, (_, i) => `http://example.com/${i}`),
  );
});

test("fuel, memory and values of a call are the same whether others run meanwhile or not", async () => {
  const program = make(misbehave);
  const alone = await program.call("call", ["http://example.com/"], { host: host(ok) });
  const several = await Promise.all(
    [5, 30, 1, 20].map((wait) => program.call("call", ["http://example.com/"], { host: host(ok, wait) })),
  );
  for (const { value, fuel, memory } of several)
    assert.deepEqual([value, fuel, memory], [alone.value, alone.fuel, alone.memory]);
});

test("what the host answers reaches the guest, an error by its name", async () => {
  const program = make(misbehave);
  const error = await failure(() =>
    program.call("call", ["http://example.com/"], { host: host({ tag: "err", val: "permission-denied" }) }),
  );
  assert.deepEqual([error.code, error.payload], ["guest_error", "permission-denied"]);
});

test("a request and its answer pass whole", async () => {
  const answer = { tag: "ok", val: { status: 299, headers: [["x-a", "é"], ["set-cookie", "a=b"], ["set-cookie", "c=d"]], body: Uint8Array.of(0, 255, 10) } }; // biome-ignore format: one line says it
  const upstream = host(answer, 5);
  const request = { method: "post", uri: "/?to=http%3A%2F%2Fexample.com%2Fx", headers: [["accept", "*/*"]], body: Uint8Array.of(1, 2, 3), "timeout-ms": 1000 }; // biome-ignore format: one line says it
  const { value } = await make(proxy).call("handle", [request], { host: upstream });
  assert.equal(upstream.requests.length, 1, JSON.stringify(value));
  assert.equal(value.status, 299);
  assert.deepEqual(value.body, answer.val.body);
});

test("a call that waits too long is ended, and its guest is never resumed", async () => {
  const program = make(misbehave);
  let late = 0;
  const never = {
    ...host(ok),
    fetch: async () => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      late += 1;
      return ok;
    },
  };
  const error = await failure(() =>
    program.call("call-often", ["http://example.com/", 5], { host: never, timeout: 30 }),
  );
  assert.deepEqual([error.code, error.message], ["execution_timeout", "the call took longer than 30 ms"]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(late, 1, "the request that was on its way came back, and no other was made");
  assert.equal((await program.call("call", ["http://example.com/"], { host: host(ok), timeout: 5000 })).value, 204);
});

for (const [why, code, options] of [
  ["ended by its time", "execution_timeout", { timeout: 5 }],
  ["left by whoever asked", "client_left", { leaving: (end) => setTimeout(end, 5) }],
]) {
  test(`what a call that was ${why} held is let go`, async () => {
    const program = make(misbehave);
    const guests = [];
    const take = program.pool.take.bind(program.pool);
    program.pool.take = (call, taken) =>
      take(call, (guest, how) => {
        guests.push(new WeakRef(guest));
        taken(guest, how);
      });
    const silent = { ...host(ok), fetch: () => new Promise(() => {}) };
    for (let calls = 0; calls < 20; calls++) {
      const call = () => program.call("call", ["http://example.com/"], { host: silent, ...options });
      assert.equal((await failure(call)).code, code);
    }
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
    const held = guests.filter((guest) => guest.deref() !== undefined).length;
    assert.ok(guests.length === 20 && held <= 2, `${held} of ${guests.length} are held`);
  });
}

test("who leaves when the call is over ends nothing of the next one", async () => {
  const program = make(misbehave);
  const ends = [];
  const leaving = (end) => ends.push(end);
  const call = () => program.call("call", ["http://example.com/"], { host: host(ok), leaving });
  assert.deepEqual([(await call()).value, (await call()).instance], [204, "restored"]);
  const next = call();
  for (const end of ends.slice(0, 2)) end();
  assert.equal((await next).value, 204);
  for (const end of ends) end();
  assert.equal((await call()).instance, "restored");
});

for (const [how, settle] of [
  ["an answer", () => ok],
  ["a failure", () => Promise.reject(new Error("late"))],
]) {
  test(`${how} that comes after the call has ended runs nothing of its guest`, async () => {
    const program = make(misbehave);
    let guest;
    const { pool } = program;
    const take = pool.take.bind(pool);
    pool.take = (call, taken) =>
      take(call, (taking, instance) => {
        guest = taking;
        taken(taking, instance);
      });
    const slow = { ...host(ok), fetch: () => new Promise((resolve) => setTimeout(resolve, 80)).then(settle) };
    const error = await failure(() => program.call("call", ["http://example.com/"], { host: slow, timeout: 20 }));
    assert.equal(error.code, "execution_timeout");
    const left = guest.fuel.value;
    assert.ok(left > 0n, "there was fuel to go on with");
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(guest.fuel.value, left);
  });
}

test("a host that fails or answers nonsense is the host's failure, not the guest's", async () => {
  const program = make(misbehave);
  const thrown = { ...host(ok), fetch: () => Promise.reject(new Error("the cable is cut")) };
  const error = await failure(() => program.call("call", ["http://example.com/"], { host: thrown }));
  assert.deepEqual([error.code, error.message], ["host_error", "the host failed: the cable is cut"]);
  const nonsense = await failure(() =>
    program.call("call", ["http://example.com/"], { host: host({ tag: "ok", val: { status: "204" } }) }),
  );
  assert.equal(nonsense.code, "host_error");
  assert.match(nonsense.message, /^the host's result: .*expected u16, got string "204"$/);
});

test("log lines cost fuel: a flood of them ends", async () => {
  let lines = 0;
  const flood = { ...host(ok), log: () => (lines += 1) };
  const error = await failure(() => make(misbehave).call("flood-logs", [4294967295, 100], { host: flood, fuel: 1e7 }));
  assert.equal(error.code, "fuel_exhausted");
  assert.ok(lines > 1000 && lines < 1e7 / 232, `${lines} lines`);
});
