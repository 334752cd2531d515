// Run alone: node --test tests/sqlite/page/page.test.mjs (after npm run build:sqlite)
// What a page pays: its own thread is never busy for long, and a tab that follows loads no SQLite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "../../../scripts/site/server.mjs";
import { startChromium } from "../../browser/chromium.mjs";

const HASHI = "/bench/sqlite/contenders/hashi.mjs";

let site;
let browser;
before(async () => {
  site = await startSite({ folders: ["bench/sqlite", "build/sqlite"] });
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

async function openPage(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`${site.url}/bench/sqlite/page/index.html`);
  await page.waitForFunction(() => globalThis.bench);
  return page;
}

/**
 * The page's longest task (ms) while `work` goes on, by the time that its thread ran: what else the machine does makes a task longer by the
 * clock, and not by this.
 */
async function longestTaskOf(page, work) {
  await browser.startTracing(page, { categories: ["blink.user_timing", "disabled-by-default-devtools.timeline"] });
  await page.evaluate(() => void performance.mark("work begins"));
  await work();
  await page.evaluate(() => void performance.mark("work ends"));
  const { traceEvents } = JSON.parse(`${await browser.stopTracing()}`);
  const [begins, ends] = ["work begins", "work ends"].map((mark) => traceEvents.find(({ name }) => name === mark));
  const within = ({ pid, tid, ts }) => pid === begins.pid && tid === begins.tid && ts >= begins.ts && ts < ends.ts;
  const tasks = traceEvents.filter((event) => event.name === "RunTask" && within(event));
  assert.ok(tasks.length > 0, "the trace has the page's tasks");
  return tasks.reduce((longest, { tdur }) => Math.max(longest, tdur), 0) / 1000;
}

test("the page has no task of 50 ms while 100,000 rows go in", { timeout: 300_000 }, async (t) => {
  const context = await browser.newContext();
  const page = await openPage(context);
  await page.evaluate((module) => bench.hold(module, "blocking", 2), HASHI);
  const longest = await longestTaskOf(page, async () => {
    const byClock = await page.evaluate(() => bench.longestTask(100_000, 1_000));
    t.diagnostic(`longest task by the clock: ${byClock || "less than 50"} ms`);
  });
  const { n } = await page.evaluate(() => bench.count());
  assert.equal(n, 100_002);
  await context.close();
  t.diagnostic(`longest task: ${longest} ms`);
  assert.ok(longest < 50, `the longest task took ${longest} ms`);
});

test("a page that does block is seen to block", async () => {
  const context = await browser.newContext();
  const page = await openPage(context);
  // A second by the clock: its thread has a tenth of that on a busy machine, too.
  const longest = await longestTaskOf(page, () => page.evaluate(() => bench.busy(1_000)));
  await context.close();
  assert.ok(longest >= 100, `a task of a second was seen as ${longest} ms`);
});

test("ten tabs load SQLite once, and the next leader loads it when it is elected", { timeout: 120_000 }, async () => {
  const context = await browser.newContext();
  const engines = () => site.requests.filter((path) => path.endsWith("hashi_sqlite_bg.wasm")).length;
  const before = engines();
  const pages = [];
  for (let at = 0; at < 10; at++) {
    const page = await openPage(context);
    await page.evaluate(([module, rows]) => bench.hold(module, "ten", rows), [HASHI, at === 0 ? 100 : 0]);
    pages.push(page);
  }
  for (const page of pages) assert.equal((await page.evaluate(() => bench.count())).n, 100);
  assert.equal(engines() - before, 1, "only the leader's worker loads the engine");
  await pages[0].close();
  // A closed page's worker may still answer for a moment.
  const end = Date.now() + 10_000;
  while (engines() - before < 2 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await pages[9].evaluate(() => bench.count())).n, 100);
  assert.equal(engines() - before, 2, "its successor loads it too, nobody else");
  await context.close();
});
