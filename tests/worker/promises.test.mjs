// Whatever becomes of a promise of the host, the request that awaits it is answered, and its instance lives on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const ask = (path) => fetch(rig.url + path, { signal: AbortSignal.timeout(10_000) });
const instance = async () => (await (await ask("/instance")).json()).instance;

for (const fate of ["error", "text", "undefined", "throwing_then"]) {
  test(`a promise that rejects (${fate}) is the handler's error, not a hang`, async () => {
    const before = await instance();
    const response = await ask(`/promise/${fate}`);
    assert.equal(response.status, 502);
    assert.equal((await response.json()).code, "bad_upstream");
    assert.equal(await instance(), before);
  });
}

test("a promise that never settles is left behind at the handler's deadline", async () => {
  const response = await ask("/promise/never_within");
  assert.equal(response.status, 504);
  assert.equal((await response.json()).requestId, response.headers.get("x-request-id"));
});

test("a handler that waits for nothing that could come is ended by the host, and only it", async () => {
  const other = ask("/who/other?first=300&second=0");
  const response = await ask("/promise/never");
  assert.equal(response.status, 500);
  assert.equal((await other).status, 200);
  assert.equal(await (await ask("/hello")).text(), "hello");
});

test("a response that the host refuses becomes a clean 500", async () => {
  const before = await instance();
  const refused = [
    ["x-note", "a\nx-forged: 1"],
    ["x-note", "a\rx-forged: 1"],
    ["x note", "space in the name"],
    ["", "no name"],
    ["x-note\nx-forged", "1"],
  ];
  for (const [name, value] of refused) {
    const response = await ask(`/header?${new URLSearchParams({ name, value })}`);
    assert.equal(response.status, 500, JSON.stringify([name, value]));
    assert.equal(response.headers.get("x-forged"), null);
    const problem = await response.json();
    assert.equal(problem.code, "internal");
    assert.equal(problem.requestId, response.headers.get("x-request-id"), "with its id in the header too");
  }
  const taken = await ask(`/header?${new URLSearchParams({ name: "x-note", value: "plain; é 橋" })}`);
  assert.equal(taken.status, 200);
  assert.equal(await instance(), before);
});
