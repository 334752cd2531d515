// What one call leaves, no other sees; what is stored is what runs; many functions at once.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pack, unpack } from "../../../js/worker/bundle.js";
import { guests } from "../../guest/guests.mjs";
import { open, startExecutor } from "./rig.mjs";

const MIB = 1024 * 1024;

let rig;
/** What the upstream waits for before it answers, late. */
let released = Promise.resolve();
/** How many requests it has before it, and has had at most. */
let asking = 0;
let most = 0;
before(async () => {
  const answer = (_, response) => {
    most = Math.max(most, ++asking);
    response.once("close", () => asking--);
    released.then(() => setTimeout(() => response.end("late"), 50));
  };
  rig = await startExecutor({ answer });
});
after(() => rig?.stop());

test("nothing of a call is seen by the next, nor by one at the same time", async () => {
  await rig.publish("first", "misbehave", { permissions: open });
  await rig.publish("second", "misbehave", { permissions: open });
  const before = async (name) => (await rig.call(name, "calls-before")).json.result;
  for (let round = 0; round < 5; round++) assert.equal(await before("first"), 0);
  const many = await Promise.all(Array.from({ length: 40 }, (_, at) => before(at % 2 ? "first" : "second")));
  assert.deepEqual(new Set(many), new Set([0]));
  // Interleaved with calls that wait for a server, in the same isolates.
  const mixed = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      at % 2 ? before("first") : rig.call("first", "call", [rig.origin]).then(({ json }) => json.result),
    ),
  );
  assert.deepEqual(
    mixed,
    mixed.map((_, at) => (at % 2 ? 0 : 200)),
  );
});

test("an instance that died or grew is not used again", async () => {
  for (const [name, args] of [
    ["trap", ["out-of-bounds"]],
    ["grow-memory", []],
    ["recurse-forever", []],
    ["fail", ["again"]],
  ]) {
    await rig.call("first", name, args);
    const { json } = await rig.call("first", "calls-before");
    assert.equal(json.result, 0, name);
    assert.ok(json.memoryUsedBytes < 60 * 65536, `${name}: ${json.memoryUsedBytes} bytes`);
  }
});

test("the same call costs the same fuel, whatever came before it", async () => {
  const fuel = async () => (await rig.call("second", "answer-at-length", [1000])).json.fuelConsumed;
  const first = await fuel();
  await rig.call("second", "trap", ["unreachable"]);
  await rig.call("second", "grow-memory");
  for (let round = 0; round < 3; round++) assert.equal(await fuel(), first);
});

test("a new version and another setting run at the next call", async () => {
  await rig.publish("changing", "hello-world", { trigger: "anonymous" });
  assert.equal((await rig.trigger("changing")).text, "Hello, world!\n");
  await rig.upload("changing", "assemblyscript");
  assert.equal((await rig.trigger("changing")).text, "Hello from AssemblyScript, world!\n");
  await rig.api(rig.ann, "POST", "/functions/changing/versions/1/activate");
  assert.equal((await rig.trigger("changing")).text, "Hello, world!\n");
  await rig.change("changing", { trigger: "none" });
  assert.equal((await rig.trigger("changing")).status, 404);
  await rig.change("changing", { trigger: "anonymous" });
  assert.equal((await rig.trigger("changing")).status, 200);
  await rig.api(rig.ann, "DELETE", "/functions/changing");
  assert.equal((await rig.trigger("changing")).status, 404);
});

test("a bundle whose bytes were altered, or are gone, is never run", async () => {
  const bucket = await rig.bucket("ARTIFACTS");
  for (const [name, harm] of [
    ["altered", (key, bytes) => bucket.put(key, flipped(bytes))],
    ["cut", (key, bytes) => bucket.put(key, bytes.slice(0, -1))],
    ["gone", (key) => bucket.delete(key)],
  ]) {
    // Another name, so that no isolate has the bundle already: the same bytes have the same bundle.
    const module = unique(name);
    const { module: uploaded } = await rig.publish(name, module);
    const { objects } = await bucket.list({ prefix: `bundles/${uploaded.sha256}/` });
    assert.equal(objects.length, 1);
    const bytes = new Uint8Array(await (await bucket.get(objects[0].key)).arrayBuffer());
    await harm(objects[0].key, bytes);
    const answer = await rig.call(name, "run");
    assert.deepEqual([answer.status, answer.json.code], [500, "artifact_corrupt"], name);
    await bucket.put(objects[0].key, bytes);
    assert.equal((await rig.call(name, "run")).status, 200, "the right bytes run");
  }
});

test("a bundle that is whole but can't be compiled, or linked, fails as that", async () => {
  const [bucket, database] = [await rig.bucket("ARTIFACTS"), await rig.database("DB")];
  const { module } = await rig.publish("broken", unique("broken"));
  const prefix = `bundles/${module.sha256}/`;
  const right = unpack(await (await bucket.get(prefix + module.prepared.bundle)).arrayBuffer());
  /** Makes what `change` makes of the bundle's files the module's bundle. */
  const use = async (change) => {
    const packed = pack(right.map((file) => ({ ...file, bytes: change(file) })));
    const hash = createHash("sha256").update(new Uint8Array(packed)).digest("hex");
    await bucket.put(prefix + hash, packed);
    await database
      .prepare("update wasm_modules set prepared = json_set(prepared, '$.bundle', ?1) where sha256 = ?2")
      .bind(hash, module.sha256)
      .run();
    // Nothing that the Worker would notice changed: so does this.
    await rig.change("broken", { max_fuel: 1000 + Math.floor(Math.random() * 1e6) });
    return rig.call("broken", "run");
  };
  const cut = await use(({ name, bytes }) => (name.endsWith(".wasm") ? bytes.slice(0, 20) : bytes));
  assert.deepEqual([cut.status, cut.json.code], [500, "compilation_failed"], cut.text);
  const plan = (bytes) => {
    const manifest = JSON.parse(Buffer.from(bytes));
    manifest.plan.lowered = [
      { interface: "no:where", name: "x", params: [], result: null, context: 0, suspends: false },
    ];
    return new TextEncoder().encode(JSON.stringify(manifest)).buffer;
  };
  const unlinked = await use(({ name, bytes }) => (name === "manifest.json" ? plan(bytes) : bytes));
  assert.deepEqual([unlinked.status, unlinked.json.code], [500, "compilation_failed"], unlinked.text);
  assert.equal((await use(({ bytes }) => bytes)).status, 200, "the right bundle runs");
});

/** The same bytes but for one bit in their middle. */
function flipped(bytes) {
  const altered = bytes.slice();
  altered[altered.length >> 1] ^= 1;
  return altered;
}

/** The same module with a custom section of its own. */
function named(bytes, name) {
  const text = [...Buffer.from(name)];
  return Uint8Array.from([...bytes, 0, text.length + 1, text.length, ...text]);
}

/** A core module that exports `run`, with a custom section of its own. */
function unique(name) {
  const text = [...Buffer.from(name)];
  const bytes = [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 4, 1, 0x60, 0, 0],
    [3, 2, 1, 0],
    [7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
    [10, 4, 1, 2, 0, 0x0b],
    [0, text.length + 1, text.length, ...text],
  ];
  return Uint8Array.from(bytes.flat());
}

/** A number in LEB128, in four bytes. */
const number = (value) => [0, 7, 14, 21].map((shift) => ((value >> shift) & 127) | (shift === 21 ? 0 : 128));

/** A core module that exports `run`, with so many bytes of data, all of them `mark`. */
function bulky(length, mark) {
  const sections = [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 4, 1, 0x60, 0, 0],
    [3, 2, 1, 0],
    [7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
    [12, 1, 1],
    [10, 4, 1, 2, 0, 0x0b],
    [11, ...number(length + 6), 1, 1, ...number(length)],
  ].flat();
  const bytes = new Uint8Array(sections.length + length).fill(mark);
  bytes.set(sections);
  return bytes;
}

test("500 calls at once over 22 functions, more than are kept, all come back right", async () => {
  const names = Array.from({ length: 22 }, (_, at) => `crowd-${at}`);
  // The same bytes have the same bundle, which is kept once.
  const hello = readFileSync((await guests())["hello-world"]);
  for (const name of names) await rig.publish(name, named(hello, name), { trigger: "anonymous" });
  const calls = Array.from({ length: 500 }, (_, at) => [names[at % names.length], `n${at}`]);
  const answers = await Promise.all(
    calls.map(async ([name, who]) => {
      const { status, text } = await rig.trigger(`${name}?name=${who}`);
      return `${status} ${text}`;
    }),
  );
  assert.deepEqual(
    answers,
    calls.map(([, who]) => `200 Hello, ${who}!\n`),
  );
  const cold = await rig.remembered(names[0]);
  assert.equal(cold.status, "ok");
});

test("the bundles of the last 20 functions are kept", async () => {
  const names = Array.from({ length: 22 }, (_, at) => `kept-${at}`);
  for (const name of names) await rig.publish(name, unique(name));
  const hits = [];
  for (const name of [...names, names[2], names[1], names[3]]) hits.push((await rig.call(name, "run")).json.cacheHit);
  assert.deepEqual(hits.slice(0, 22), Array(22).fill(false));
  assert.deepEqual(hits.slice(22), [true, false, false], "the second was gone, and took the place of the fourth");
});

test("the bundles that are kept have 32 MiB and not more", async () => {
  const names = ["three", "of", "these", "fit"];
  for (const [at, name] of names.entries()) await rig.publish(name, bulky(9 * MIB, at));
  const hits = [];
  for (const name of [...names, "fit", "of", "three"]) hits.push((await rig.call(name, "run")).json.cacheHit);
  assert.deepEqual(hits, [false, false, false, false, true, true, false]);
});

test("a function with too many calls under way is overloaded, and recovers", async () => {
  await rig.publish("busy", "misbehave", { permissions: open, max_execution_ms: 30_000 });
  await rig.publish("idle", "misbehave");
  // No call ends before all were refused that can't wait: they are as many as they can be.
  const { promise, resolve: release } = Promise.withResolvers();
  released = promise;
  most = 0;
  let refused = 0;
  let other;
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const { status, headers } = await rig.call("busy", "call", [rig.origin]);
      if (status === 503) {
        if (++refused === 40) other = rig.call("idle", "calls-before").finally(release);
      }
      return status === 503 ? `503 ${headers.get("retry-after")}` : `${status}`;
    }),
  );
  const count = (wanted) => statuses.filter((status) => status === wanted).length;
  assert.deepEqual([count("200"), count("503 1")], [32 + 128, 40], "as many at once, and as many waiting");
  assert.equal(most, 32, "at once");
  assert.equal((await other).status, 200, "another function, while this one was full");
  assert.equal((await rig.call("busy", "call", [rig.origin])).status, 200);
});

test("an image is made smaller by the API", async () => {
  await rig.publish("images", "image-resize", { memory_pages: 512, max_fuel: 10_000_000_000 });
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const { status, json } = await rig.call("images", "resize", [pixel, 8, 4]);
  assert.equal(status, 200, JSON.stringify(json));
  const png = Buffer.from(json.result, "base64");
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [8, 4]);
  const refused = await rig.call("images", "resize", ["AAAA", 8, 4]);
  assert.deepEqual([refused.status, refused.json.code], [502, "guest_error"]);
});
