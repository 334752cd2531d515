// What the host promises and never gives: each wait for it ends at its deadline, with the documented answer, and nothing is left behind.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { guests } from "../../guest/guests.mjs";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { client, issuer, raw, user, wasm } from "../product/platform.mjs";
import { read } from "../product/product.mjs";
import { until } from "../raw.mjs";

const ann = user("ann");
let worker;
let api;
before(async () => {
  const hello = readFileSync((await guests())["hello-world"]);
  await buildCrate("hashi");
  worker = await startWorker({
    config: join(root, "tests", "worker", "faults", "wrangler.toml"),
    vars: { ...issuer, FUNCTION_CACHE_SECONDS: "60" },
  });
  api = client(worker.url);
  await publish("hello", hello, { trigger: "anonymous" });
  await publish("run", wasm(1));
  // From now on time passes only as the tests say, and what a cold call waits for is known.
  await skip(0);
  await answersWell();
});
after(() => worker?.stop());

async function publish(name, body, settings = {}) {
  const made = await api(ann, "POST", "/functions", { body: { name, ...settings } });
  assert.equal(made.status, 201, made.text);
  const uploaded = await api(ann, "POST", `/functions/${name}/upload`, { body, headers: raw });
  assert.equal(uploaded.status, 201, uploaded.text);
}

const silent = (what) => (what ? { "x-silent": what } : {});
const trigger = (what) => read(`${worker.url}/fn/hello`, { headers: silent(what) });
const execute = (what) =>
  read(`${worker.url}/functions/v1/wasm-executor`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ann}`, ...silent(what) },
    body: JSON.stringify({ moduleId: "run" }),
  });

/** With everything answering, so does the product, and no call waits for its turn. */
async function answersWell() {
  assert.deepEqual([(await trigger()).text, (await execute()).status], ["Hello, world!\n", 200]);
}

const counted = (line) => worker.logs.filter(({ text }) => text === line).length;
const timers = (ms) => counted(`a timer began: ${ms}`);
const told = ({ status, headers, json }) => [status, json?.code, headers.get("retry-after")];

/** What is answered when time passes by `ms` whenever something begins to wait as long: the silent one, and perhaps what writes the history. */
async function atDeadline(ms, ask) {
  let begun = timers(ms);
  let answered = false;
  const answer = ask().finally(() => {
    answered = true;
  });
  while (!answered) {
    await until(() => answered || timers(ms) > begun, 20_000);
    begun = timers(ms);
    await skip(ms);
  }
  return answer;
}

const skip = (ms) => fetch(`${worker.url}/skip?ms=${ms}`, { method: "POST" });

async function executions(name) {
  const { json } = await api(ann, "GET", `/executions?function=${name}&limit=100`);
  return json.executions;
}

/** How so many executions of a function ended that `which` finds, once they are written. */
async function remembered(name, which, count = 1) {
  let found;
  await until(async () => {
    found = (await executions(name)).filter(which);
    return found.length >= count;
  });
  return found.map(({ status, code, http_status }) => [status, code, http_status]);
}

const UNHEARD = ["failed", "unavailable", 503];

for (const limiter of ["CALLER_RATE", "FUNCTION_RATE"]) {
  test(`a rate limit (${limiter}) that says nothing for 2 s keeps nobody from being served`, async () => {
    const { status, text } = await atDeadline(2000, () => trigger(limiter));
    assert.deepEqual([status, text], [200, "Hello, world!\n"]);
    await worker.waitForLog(({ json }) => json?.what === "rate limiter");
    await answersWell();
  });
}

test("a database that says nothing for 10 s is unavailable", async () => {
  const fault = { "x-fault": "hang 1" };
  const listed = await atDeadline(10_000, () => api(ann, "GET", "/functions", { headers: fault }));
  assert.deepEqual(told(listed), [503, "unavailable", "5"]);
  await worker.waitForLog(({ json }) => json?.what === "database" && /in time/.test(json.message));
  const ask = () => read(`${worker.url}/fn/unknown`, { headers: fault });
  assert.deepEqual(told(await atDeadline(10_000, ask)), [503, "unavailable", "1"]);
  await answersWell();
});

test("an object store that says nothing for 30 s is unavailable", async () => {
  const counting = await api(ann, "GET", "/artifacts/run/1", { headers: { "x-fault": "none 0" } });
  // The last is the one to the store of objects.
  const headers = { "x-fault": `hang ${counting.headers.get("x-calls")}` };
  const answer = await atDeadline(30_000, () => api(ann, "GET", "/artifacts/run/1", { headers }));
  assert.deepEqual(told(answer).slice(0, 2), [503, "unavailable"]);
  assert.equal((await api(ann, "GET", "/artifacts/run/1")).status, 200);
});

const MINUTE = 60_000;
// Twice what a call may take, and what it may compute.
const ANSWER_MS = 2 * 5000 + 30_000;

test("an isolate of which nothing is heard: 32 calls are unavailable, remembered, and leave their places", async () => {
  const calls = () => Promise.all(Array.from({ length: 32 }, () => trigger("isolate")));
  for (const answer of await atDeadline(ANSWER_MS, calls)) assert.deepEqual(told(answer), [503, "unavailable", "1"]);
  // All places are free, or this one would wait for its turn.
  await answersWell();
  const failed = await remembered("hello", ({ status }) => status === "failed", 32);
  assert.deepEqual(
    failed,
    Array.from({ length: 32 }, () => UNHEARD),
  );
});

for (const [what, ms] of [
  ["isolate", ANSWER_MS],
  // It answers, and never gives its value.
  ["value", 10_000],
]) {
  test(`a call of an export whose ${what} is silent for ${ms} ms is unavailable, and remembered so`, async () => {
    const answer = await atDeadline(ms, () => execute(what));
    assert.deepEqual(told(answer), [503, "unavailable", "1"]);
    assert.deepEqual(await remembered("run", ({ id }) => id === answer.json.executionId), [UNHEARD]);
    await answersWell();
  });
}

test("a call by the clock of whose isolate nothing is heard ends its tick, and is remembered", async () => {
  await publish("clock", wasm(3), { cron: "* * * * *" });
  // The first full minute after the schedule was made, and the one after.
  const [first, second] = [1, 2].map((at) => (Math.ceil(Date.now() / MINUTE) + at) * MINUTE);
  await fetch(`${worker.url}/healthz`, { headers: silent("isolate") });
  assert.equal(await atDeadline(ANSWER_MS, () => worker.tick(first)), "ok");
  assert.deepEqual(await remembered("clock", () => true), [["failed", "unavailable", null]]);
  assert.equal(await worker.tick(second), "ok");
  assert.deepEqual(await remembered("clock", ({ status }) => status === "ok"), [["ok", null, null]]);
});

test("a bundle that comes when its call has given up waiting is cancelled", async () => {
  await publish("tardy", wasm(4), { cron: "* * * * *" });
  const third = (Math.ceil(Date.now() / MINUTE) + 3) * MINUTE;
  const failed = ({ json }) =>
    json?.message === "a call by the clock failed" && /modules can't be read/.test(json.detail);
  // The other one's bundle is kept, and its isolate keeps the tick from being over.
  await fetch(`${worker.url}/healthz`, { headers: { ...silent("isolate"), "x-tick-fault": "wait get" } });
  const begun = timers(ANSWER_MS);
  const ticked = worker.tick(third);
  await worker.waitForLog(({ text }) => text === "the fault came: wait get", 20_000);
  await skip(10_000);
  await worker.waitForLog(failed, 20_000);
  await fetch(`${worker.url}/go`, { method: "POST" });
  await worker.waitForLog(({ text }) => text === "what came was cancelled", 20_000);
  await until(() => timers(ANSWER_MS) > begun, 20_000);
  await skip(ANSWER_MS);
  assert.equal(await ticked, "ok");
});

test("what prepares uploads and says nothing for 30 s is unavailable, and the upload leaves nothing", async () => {
  const body = wasm(2);
  const upload = (headers) => api(ann, "POST", "/functions/run/upload", { body, headers: { ...raw, ...headers } });
  const answer = await atDeadline(30_000, () => upload(silent("isolate")));
  assert.deepEqual(told(answer), [503, "unavailable", "5"]);
  const { json } = await api(ann, "GET", "/functions/run/versions");
  assert.equal(json.versions.length, 1);
  const { objects } = await (await worker.bucket("ARTIFACTS")).list({ prefix: "staging/" });
  assert.deepEqual(objects, []);
  assert.equal((await upload()).status, 201);
});

test("a request that has waited for long is timed by itself from then on", async () => {
  const before = timers(2000);
  const { text } = await atDeadline(2000, () => trigger("CALLER_RATE FUNCTION_RATE"));
  assert.deepEqual([text, timers(2000) - before], ["Hello, world!\n", 2]);
  await answersWell();
});
