// The clock: Cloudflare's is told of in wrangler.toml, and `npm start` has one of its own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/setup/paths.mjs";
import { startClock } from "../../scripts/start/clock.mjs";

test("a deployment is ticked once a minute", () => {
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  assert.match(toml, /^\[triggers\]\ncrons = \["\* \* \* \* \*"\]$/m);
});

test("npm start ticks at the beginning of each minute, goes on after one that fails, and ends", async (context) => {
  const asked = [];
  context.mock.method(globalThis, "fetch", async (url) => {
    asked.push(url);
    return new Response("what went wrong", { status: asked.length === 1 ? 500 : 200 });
  });
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 90_000 });
  const stopped = new AbortController();
  const lines = [];
  startClock("http://worker", stopped.signal, { line: (line) => lines.push(line) });
  const said = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    return [asked.length, lines.length];
  };
  context.mock.timers.tick(29_999);
  assert.deepEqual(await said(), [0, 0]);
  context.mock.timers.tick(1);
  assert.deepEqual(await said(), [1, 1]);
  context.mock.timers.tick(60_000);
  assert.deepEqual(await said(), [2, 1]);
  const at = (time) => `http://worker/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time=${time}`;
  assert.deepEqual(asked, [at(120_000), at(180_000)]);
  assert.deepEqual(lines, ["the clock's tick failed: 500 what went wrong"]);
  stopped.abort();
  context.mock.timers.tick(600_000);
  assert.deepEqual(await said(), [2, 1]);
});
