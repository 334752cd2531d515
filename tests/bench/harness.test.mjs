// Run alone: node --test tests/bench/harness.test.mjs (after npm run build; the contenders' crates are built here)
// The harness works and the contenders agree. Never how fast anything is: that is for npm run bench on a quiet machine.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { disagreements } from "../../bench/harness/agree.mjs";
import { contenders } from "../../bench/harness/contenders.mjs";
import { cpuClock } from "../../bench/harness/cpu.mjs";
import { startLoad } from "../../bench/harness/load.mjs";
import { routes } from "../../bench/harness/routes.mjs";
import { mean, quantile, spread } from "../../bench/harness/statistics.mjs";
import { whole } from "../../bench/harness/turns.mjs";
import { judge, ratio } from "../../bench/harness/verdict.mjs";
import { kernels } from "../../bench/metering/kernels.mjs";
import { root, toolEnv } from "../../scripts/setup/paths.mjs";

function run(args) {
  const child = spawn(process.execPath, ["scripts/bench.mjs", ...args], { cwd: root, env: toolEnv() });
  let said = "";
  let failed = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (failed += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said, failed })));
}

/** A server with one answer for everything. */
async function answering(status, headers, body) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    close: () => server.close(),
  };
}

/** What runs wrote to files, which are removed. */
function figures(said) {
  const files = [...said.matchAll(/all figures: (\S+\.json)/g)].map(([, file]) => join(root, file));
  assert.ok(files.length > 0, said);
  return files.map((file) => {
    const result = JSON.parse(readFileSync(file, "utf8"));
    rmSync(file);
    return result;
  });
}

test("a quick run measures every contender on every route and writes its figures", { timeout: 900_000 }, async () => {
  const { code, said, failed } = await run([
    "--quick",
    "--only",
    [...routes.map(({ name }) => name), "executor", "metering", "prepare", "stores"].join(),
  ]);
  assert.equal(code, 0, failed);
  const [result, executor, metering, prepare, stores] = figures(said);
  for (const slices of Object.values(stores.warm)) assert.ok(slices.length > 0 && slices[0].cpu > 0);
  assert.deepEqual(Object.keys(stores.warm), ["D1 and R2", "Supabase"]);
  assert.ok(executor.warm.Hashi[0].cpu > 0 && executor.times["cold call"].median > 0);
  assert.deepEqual(
    metering.kernels.map(({ name }) => name),
    kernels.map(({ name }) => name),
  );
  for (const { name, v8 } of metering.kernels) assert.ok(v8.plain > 0 && v8.metered > 0 && v8.ratio > 0, name);
  // The guests, the largest upload, and a hostile one.
  assert.equal(prepare.measured.length, 8);
  for (const { name, bundle, ms, refusal } of prepare.measured) {
    assert.ok(ms.median > 0, name);
    if (name === "a million nested blocks") assert.equal(refusal, "limit_exceeded");
    else assert.ok(bundle > 1000, name);
  }
  assert.equal(result.quick, true);
  assert.deepEqual(
    result.http.map(({ route }) => route),
    routes.map(({ name }) => name),
  );
  for (const { route, rounds } of [...result.http, ...result.loop]) {
    for (const { name } of contenders) assert.ok(rounds[0][name].cpu > 0, `${route}, ${name}`);
  }
  const ours = result.footprint.find(({ name }) => name === "Hashi");
  assert.ok(ours.memory.panics > 0 && ours.memory.wasmAfterPanics > 0, "the Worker serves after panics");
  assert.ok(result.machine.rustc.startsWith("rustc "));
  for (const { title } of routes) assert.ok(said.includes(title), `the table lacks ${title}`);
});

test("a wrong option is refused with what would be right", async () => {
  const { code, failed } = await run(["--only", "nonsense"]);
  assert.equal(code, 2);
  assert.match(failed, /nonsense is not measured; there are hello/);
});

test("a contender that answers otherwise is found: status, header or body", async () => {
  const [hello] = routes;
  const id = { "x-request-id": "0123456789abcdef-00000001" };
  const headers = { ...id, "content-type": "text/plain; charset=utf-8" };
  const made = await Promise.all([
    answering(200, headers, "a"),
    answering(201, headers, "a"),
    answering(200, { ...headers, vary: "origin" }, "a"),
    answering(200, headers, "b"),
    answering(200, { ...headers, "x-request-id": "7" }, "a"),
    answering(200, { ...headers, "content-type": "text/plain;charset=UTF-8" }, "a"),
  ]);
  const names = ["first", "status", "header", "body", "id", "spelling"];
  const found = await disagreements(new Map(made.map((server, at) => [names[at], server])), [hello]);
  for (const server of made) server.close();
  assert.deepEqual(
    found.map((line) => line.split(",")[0]),
    ["status", "header", "body", "id"],
  );
});

test("the load generator counts a wrong status as a failure, not as a fast answer", async () => {
  const server = await answering(503, {}, "no");
  const load = startLoad();
  try {
    const task = { port: server.port, count: 10, connections: 2 };
    await assert.rejects(load.run(routes[0], task), /expected 200, got 503 \(10 times\)/);
    const seen = await load.run(routes[0], { ...task, status: 503 });
    assert.ok(seen.p50 > 0 && seen.p99 >= seen.p50);
  } finally {
    load.stop();
    server.close();
  }
});

test("CPU time is that of all threads of the process", async () => {
  const clock = cpuClock(process.pid);
  const begin = process.cpuUsage();
  let sum = 0;
  for (let at = 0; at < 3e7; at++) sum += Math.sqrt(at);
  assert.ok(sum > 0);
  const { user, system } = process.cpuUsage(begin);
  const wanted = (user + system) * 1000;
  const given = clock();
  assert.ok(Math.abs(given - wanted) < 0.2 * wanted + 20e6, `${given} against ${wanted}`);
});

test("medians, spread and verdicts", () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.deepEqual(spread([5, 1, 9]), { median: 5, least: 1, most: 9 });
  assert.equal(mean([1, 2, 6]), 3);
  // All of a round counts, also a slice in which V8 collected garbage; of the rounds the median.
  const slices = (...cpus) => cpus.map((cpu) => ({ cpu, rate: cpu * 2, p50: 1, p99: 2 }));
  assert.deepEqual(whole(slices(1, 1, 10)), { cpu: 4, rate: 2, p50: 1, p99: 2, slices: [1, 1, 10] });
  const round = (ours, theirs) =>
    new Map([
      ["Hashi", { cpu: ours }],
      ["Hono", { cpu: theirs }],
    ]);
  const rounds = [round(9, 10), round(8, 10), round(20, 10)];
  assert.equal(ratio(rounds, "Hashi", "Hono"), 0.9);
  const route = {
    targets: [
      { of: "Hono", most: 1 },
      { of: "raw JS", most: 1.1 },
    ],
  };
  assert.deepEqual(judge(route, rounds, "Hashi"), [{ of: "Hono", most: 1, reached: 0.9, met: true }]);
  assert.equal(judge(route, [round(11, 10)], "Hashi")[0].met, false);
});
