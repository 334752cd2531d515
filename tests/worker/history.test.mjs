// Executions are written after their responses, many at once, and none is lost: not under load, not when the store fails, not when the instance dies.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRig } from "./harness.mjs";
import { until } from "./raw.mjs";

let rig;
let database;
before(async () => {
  rig = await startRig();
  database = await rig.database("DB");
});
after(() => rig?.stop());

const record = (caller, more = "") => fetch(`${rig.url}/history/record?caller=${caller}${more}`, { method: "POST" });
const writes = async () => (await fetch(`${rig.url}/history/writes`)).json();

async function rows(caller) {
  const counted = await database
    .prepare("select count(*) as n from wasm_executions where caller = ?")
    .bind(caller)
    .first();
  return counted.n;
}

/** Waits until so many rows of a caller are there; more would be as wrong as fewer. */
async function assertRows(caller, wanted) {
  const limit = Date.now() + 5000;
  while ((await rows(caller)) < wanted && Date.now() < limit) await sleep(20);
  // Until nobody writes any more: the next execution is written by its own request again.
  await sleep(300);
  assert.equal(await rows(caller), wanted);
}

test("500 at once are all written, in far fewer writes", async () => {
  await writes();
  const answers = await Promise.all(Array.from({ length: 500 }, () => record("crowd")));
  assert.ok(answers.every(({ status }) => status === 200));
  await assertRows("crowd", 500);
  const [made, opened] = await writes();
  assert.ok(made < 250, `${made} writes`);
  assert.ok(opened <= made, `only who writes opens the store: ${opened} times for ${made} writes`);
});

test("one after the other are all written", async () => {
  for (let at = 0; at < 20; at++) assert.equal((await record("row")).status, 200);
  await assertRows("row", 20);
});

test("a store that fails for a while is tried again, and nothing is written twice", async () => {
  await record("retried", "&failures=2");
  await assertRows("retried", 1);
});

test("a store that fails for long is tried again with the next execution", async () => {
  await record("patient", "&failures=4");
  const line = await rig.waitForLog(({ text }) => text.includes("can't be written"), 20_000);
  assert.equal(line.level, "error");
  assert.equal(await rows("patient"), 0);
  await record("patient");
  await assertRows("patient", 2);
});

test("what can't be written because the store can't be opened is written with the next execution", async () => {
  assert.equal((await record("shut", "&shut=true")).status, 200);
  await assertRows("shut", 0);
  await record("shut");
  await assertRows("shut", 2);
});

test("what an instance recorded before it died is written by the one that takes its place", async () => {
  assert.equal((await record("dead", "&die=true")).status, 500);
  assert.equal((await record("dead")).status, 200);
  await assertRows("dead", 2);
});

test("so is what it was writing when it died", async () => {
  assert.equal((await record("doomed", "&deadly=true")).status, 200);
  await sleep(100);
  await assertRows("doomed", 0);
  await record("doomed");
  await assertRows("doomed", 2);
});

test("an execution that was under way when its instance died is written as one that the server failed, once", async () => {
  assert.equal((await record("unended", "&unended=true")).status, 500);
  await assertRows("unended", 0);
  assert.equal((await record("survivor")).status, 200);
  await assertRows("unended", 1);
  assert.deepEqual(
    await database
      .prepare("select status, code, http_status, fuel, logs from wasm_executions where caller = 'unended'")
      .first(),
    { status: "failed", code: "internal", http_status: 500, fuel: 0, logs: "[]" },
  );
  assert.equal((await record("survivor")).status, 200);
  await assertRows("unended", 1);
});

test("and by a tick of the clock, if no call comes", async () => {
  assert.equal((await record("ticked", "&die=true")).status, 500);
  assert.equal((await fetch(`${rig.url}/history/flush`, { method: "POST" })).status, 204);
  await assertRows("ticked", 1);
});

test("a client that leaves loses nothing", async () => {
  const gone = new AbortController();
  const left = Array.from({ length: 20 }, () =>
    fetch(`${rig.url}/history/record?caller=gone`, { method: "POST", signal: gone.signal }).catch(() => {}),
  );
  await rig.waitForLog(({ json }) => json?.message === "recorded" && json.by === "gone");
  gone.abort();
  await Promise.all(left);
  // Whatever reached the Worker by then is written: the rest never was a call.
  await sleep(1000);
  const recorded = () => rig.logs.filter(({ json }) => json?.message === "recorded" && json.by === "gone").length;
  assert.ok(recorded() >= 1 && recorded() <= 20);
  await until(async () => (await rows("gone")) === recorded());
  await record("gone");
  await assertRows("gone", recorded());
});
