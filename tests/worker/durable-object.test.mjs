// A Durable Object written in Rust survives the death of the instance that its object was in: what it stored is there afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const ask = (name, action) => fetch(`${rig.url}/count/${name}/${action}`, { signal: AbortSignal.timeout(10_000) });
const text = async (answer) => (await answer).text();

test("a counter counts, each under its own name", async () => {
  assert.equal(await text(ask("a", "add")), "1");
  assert.equal(await text(ask("a", "add")), "2");
  assert.equal(await text(ask("b", "read")), "0");
});

test("an error that the object returns reaches its caller and kills nothing", async () => {
  const before = await (await fetch(`${rig.url}/instance`)).json();
  const failed = await ask("a", "error");
  assert.equal(failed.status, 502);
  assert.equal((await failed.json()).code, "bad_upstream");
  assert.deepEqual(await (await fetch(`${rig.url}/instance`)).json(), before);
});

for (const way of ["panic", "trap", "memory", "stack", "frames"]) {
  test(`after a ${way} inside the object it is made anew and has its count`, async () => {
    assert.equal(await text(ask(way, "add")), "1");
    const died = await ask(way, way);
    assert.equal(died.status, 500);
    assert.equal((await died.json()).requestId, died.headers.get("x-request-id"));
    assert.equal(await text(ask(way, "add")), "2");
    assert.equal(await text(ask("a", "read")), "2", "the others too");
  });
}

test("a call in flight to an object is answered when another request kills the instance, and the object works afterwards", async () => {
  await text(ask("busy", "add"));
  const start = performance.now();
  const waiting = ask("busy", "wait");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const killer = await fetch(`${rig.url}/die-later/panic?ms=10`);
  assert.equal(killer.status, 500);
  const answer = await waiting;
  assert.equal(answer.status, 500);
  assert.equal((await answer.json()).requestId, answer.headers.get("x-request-id"));
  assert.ok(performance.now() - start < 3000, "at once, not when the wait is over");
  assert.equal(await text(ask("busy", "add")), "2");
});

test("an object that is the first to be called after a death starts the next instance", async () => {
  await text(ask("first", "add"));
  await (await fetch(`${rig.url}/die/panic`)).text();
  assert.equal(await text(ask("first", "add")), "2");
});
