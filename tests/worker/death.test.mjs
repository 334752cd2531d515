// However an instance dies, every request in flight is answered at once, cleanly and under its own id, and the next is served.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { open } from "./raw.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const ways = ["panic", "trap", "memory", "huge", "stack", "frames"];

async function assertCrashed(response) {
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("access-control-expose-headers"), "x-request-id");
  const problem = await response.json();
  const id = response.headers.get("x-request-id");
  assert.match(id, /^[0-9a-f]{16}-[0-9a-f]{8}$/);
  assert.deepEqual(
    { type: problem.type, status: problem.status, code: problem.code, requestId: problem.requestId },
    { type: "urn:hashi:problem:internal", status: 500, code: "internal", requestId: id },
  );
  assert.doesNotMatch(JSON.stringify(problem), /panic|wasm|\.rs|\.js/, "nothing of the inside is told");
  return id;
}

async function assertServes() {
  const response = await fetch(`${rig.url}/hello`, { signal: AbortSignal.timeout(5000) });
  assert.equal(await response.text(), "hello");
}

/** Begins `count` requests that would wait long, and resolves once all of them are in their handlers. */
async function begin(count) {
  const mark = `begin-${Math.random()}`;
  const asked = Array.from({ length: count }, () =>
    fetch(`${rig.url}/who/${mark}?first=20000&second=0`, { signal: AbortSignal.timeout(10_000) }),
  );
  let begun = 0;
  await rig.waitForLog(({ json }) => json?.name === mark && json.message === "before" && ++begun === count);
  return asked;
}

test("a panic in one of 50 concurrent requests answers all 50 at once, each with its own id", async () => {
  const others = await begin(49);
  const start = performance.now();
  const panicked = fetch(`${rig.url}/die-later/panic?ms=50`);
  const responses = await Promise.all([panicked, ...others]);
  const elapsed = performance.now() - start;
  assert.ok(elapsed < 2000, `answered after ${elapsed} ms`);
  const ids = await Promise.all(responses.map(assertCrashed));
  assert.equal(new Set(ids).size, 50, "ids are distinct");
  const panic = rig.logs.find(({ json }) => json?.target === "panic");
  assert.equal(panic.json.request_id, ids[0], "the panic's line names the request that panicked");
  await assertServes();
});

for (const way of ways) {
  for (const path of [`/die/${way}`, `/die-later/${way}?ms=20`]) {
    test(`${path} answers everything in flight and the next request is served`, async () => {
      const before = await (await fetch(`${rig.url}/instance`)).json();
      const others = await begin(5);
      const start = performance.now();
      const responses = await Promise.all([fetch(rig.url + path, { signal: AbortSignal.timeout(10_000) }), ...others]);
      const elapsed = performance.now() - start;
      assert.ok(elapsed < 3000, `answered after ${elapsed} ms`);
      const ids = await Promise.all(responses.map(assertCrashed));
      assert.equal(new Set(ids).size, 6);
      const said = (id) => rig.logs.some(({ json }) => json?.level === "error" && json.request_id === id);
      for (const id of ids) assert.ok(said(id), `nothing in the log about ${id}`);
      for (const { json, text } of rig.logs) assert.match(json?.request_id ?? text, /^[0-9a-f]{16}-[0-9a-f]{8}$/);
      rig.logs.length = 0;
      await assertServes();
      const after = await (await fetch(`${rig.url}/instance`)).json();
      assert.notEqual(after.instance, before.instance, "another instance serves");
      assert.ok(after.memory < 4 << 20, "with fresh memory");
    });
  }
}

// Where the client's leaving is what kills, nobody asked the instance for anything.
for (const way of ["panic", "stack"]) {
  test(`a handler that dies (${way}) when its client leaves takes no other request with it for long`, async () => {
    const client = open(rig.port);
    client.socket.write(`GET /die-left/${way} HTTP/1.1\r\nhost: rig\r\n\r\n`);
    await rig.waitForLog(({ json }) => json?.name === "die-left");
    const others = await begin(5);
    client.socket.resetAndDestroy();
    await Promise.all((await Promise.all(others)).map(assertCrashed));
    await assertServes();
    rig.logs.length = 0;
  });
}

test("memory is bounded: no allocation takes more than the ceiling of 64 MiB", async () => {
  const before = rig.memory();
  await assertCrashed(await fetch(`${rig.url}/die/memory`));
  const grown = rig.memory() - before;
  assert.ok(grown < 100e6, `grew by ${grown} bytes`);
});

test("two deaths at the same time are one", async () => {
  const others = await begin(10);
  const deaths = Array.from({ length: 5 }, () => fetch(`${rig.url}/die-later/panic?ms=30`));
  await Promise.all((await Promise.all([...deaths, ...others])).map(assertCrashed));
  await assertServes();
});

test("requests that come in right after a death are served by the next instance, none by half of one", async () => {
  for (let round = 0; round < 20; round++) {
    const asked = [fetch(`${rig.url}/die/panic`)];
    for (let number = 0; number < 10; number++) asked.push(fetch(`${rig.url}/who/n${number}?first=0&second=0`));
    const [dead, ...others] = await Promise.all(asked);
    await assertCrashed(dead);
    for (const [number, response] of others.entries()) {
      if (response.status === 500) await assertCrashed(response);
      else assert.equal((await response.json()).name, `n${number}`);
    }
  }
});

test("500 panics in a row leave the server up and its memory bounded", async (context) => {
  const panics = async (count) => {
    for (let number = 0; number < count; number++) {
      const path = number % 2 === 0 ? "/die/panic" : "/die-later/panic?ms=0";
      await assertCrashed(await fetch(rig.url + path));
    }
  };
  const start = rig.memory();
  await panics(100);
  const early = rig.memory();
  await panics(400);
  const late = rig.memory();
  const shown = [start, early, late].map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`);
  context.diagnostic(`resident memory before ${shown[0]}, after 100 panics ${shown[1]}, after 500 ${shown[2]}`);
  await assertServes();
  assert.ok(late < 500e6, `resident: ${late} bytes`);
});
