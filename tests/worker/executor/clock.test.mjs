// Calls by the clock in real workerd: what is due is called once, and how it ended is remembered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startExecutor } from "./rig.mjs";

let rig;
before(async () => {
  rig = await startExecutor();
});
after(() => rig?.stop());

const MINUTE = 60_000;

test("a function with a schedule is called when it is due, and one without is not", async () => {
  await rig.publish("due", "misbehave", { cron: "* * * * *", entrypoint: "calls-before" });
  await rig.publish("failing", "misbehave", { cron: "* * * * *", entrypoint: "loop-forever", max_fuel: 1_000_000 });
  await rig.publish("never", "misbehave", { entrypoint: "calls-before" });
  const next = Math.ceil(Date.now() / MINUTE) * MINUTE + MINUTE;
  assert.equal(await rig.tick(next), "ok");
  const due = await rig.remembered("due");
  assert.deepEqual([due.source, due.status, due.caller, due.http_status], ["cron", "ok", null, null]);
  assert.deepEqual([due.result, due.result_bytes], [0, 1]);
  const failing = await rig.remembered("failing");
  assert.deepEqual([failing.status, failing.code, failing.fuel], ["failed", "fuel_exhausted", 1_000_000]);
  assert.deepEqual([failing.result, failing.result_bytes], [null, null]);
  // The same minute again, and the next one.
  assert.equal(await rig.tick(next), "ok");
  assert.equal(await rig.tick(next + MINUTE), "ok");
  const count = async (name) => (await rig.api(rig.ann, "GET", `/executions?function=${name}`)).json.executions.length;
  for (let left = 40; left > 0 && (await count("due")) < 2; left--) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual([await count("due"), await count("never")], [2, 0]);
});

test("what a call by the clock returned is left where it is if the deployment keeps no results", async () => {
  const discreet = await startExecutor({ vars: { HISTORY_RESULTS: "off" } });
  try {
    await discreet.publish("due", "misbehave", { cron: "* * * * *", entrypoint: "calls-before" });
    const next = Math.ceil(Date.now() / MINUTE) * MINUTE + MINUTE;
    assert.equal(await discreet.tick(next), "ok");
    const due = await discreet.remembered("due");
    assert.deepEqual([due.source, due.status, due.result, due.result_bytes], ["cron", "ok", null, 1]);
    assert.equal(await discreet.tick(next + MINUTE), "ok");
    const again = await discreet.remembered("due", ({ id }) => id !== due.id);
    assert.deepEqual([again.status, again.warm], ["ok", true], "the isolate that was left serves on");
  } finally {
    await discreet.stop();
  }
});

test("a worker of the world edge-worker runs by its schedule without an entrypoint of its own", async () => {
  await rig.publish("digest", "earthquake-digest", { cron: "* * * * *" });
  const next = Math.ceil(Date.now() / MINUTE) * MINUTE + 5 * MINUTE;
  assert.equal(await rig.tick(next), "ok");
  // It may send nothing, and says so as its error.
  const found = await rig.remembered("digest");
  assert.deepEqual([found.source, found.code], ["cron", "permission_denied"]);
});
