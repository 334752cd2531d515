// The clock: Cloudflare's is told of in wrangler.toml, and `npm start` has one of its own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
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
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(asked.length === 1 ? 500 : 200).end("what went wrong");
    server.emit("ticked");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 90_000 });
  const stopped = new AbortController();
  const lines = [];
  const told = Promise.withResolvers();
  const report = { line: (line) => told.resolve(lines.push(line)) };
  try {
    startClock(`http://127.0.0.1:${port}`, stopped.signal, report);
    context.mock.timers.tick(29_999);
    assert.deepEqual(asked, []);
    for (const [ms, time] of [
      [1, 120_000],
      [60_000, 180_000],
    ]) {
      const ticked = once(server, "ticked");
      context.mock.timers.tick(ms);
      await ticked;
      assert.equal(asked.at(-1), `/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time=${time}`);
    }
    await told.promise;
    assert.deepEqual(lines, ["the clock's tick failed: 500 what went wrong"]);
    stopped.abort();
    context.mock.timers.tick(600_000);
    assert.equal(asked.length, 2);
  } finally {
    server.close().closeAllConnections();
  }
});
