// Run alone: node --test tests/sqlite/chaos/faults.test.mjs
// The faults of the chaos runs really happen: a run with faults that do nothing would prove nothing.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startSite } from "../../../scripts/site/server.mjs";
import { startChromium } from "../../browser/chromium.mjs";
import { crash, freeze, killSharedWorkers, terminateWorker, throttle, withoutRoom } from "./faults.mjs";

let site;
let browser;
let pages;
before(async () => {
  site = await startSite({ folders: ["tests/sqlite/chaos"] });
  browser = await startChromium();
});
beforeEach(async () => {
  const context = await browser.newContext();
  pages = [await context.newPage(), await context.newPage()];
  for (const page of pages) await page.goto(`${site.url}/tests/sqlite/chaos/rig/`);
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

test("a SharedWorker ends under its pages", async () => {
  assert.equal(await pages[1].evaluate(() => rig.broker()), "here");
  assert.ok((await killSharedWorkers(browser)) >= 1);
  assert.equal(await pages[1].evaluate(() => rig.broker()), "silence");
});

test("a worker ends behind its page's back", async () => {
  assert.equal(await pages[0].evaluate(() => rig.write(10)), 10);
  await terminateWorker(pages[0]);
  assert.equal(await pages[0].evaluate(() => rig.write(10)), "silence");
});

test("a page crashes, and the other one goes on", async () => {
  await crash(pages[0]);
  await assert.rejects(
    pages[0].evaluate(() => 1),
    /crashed/,
  );
  assert.equal(await pages[1].evaluate(() => rig.write(10)), 10);
});

test("a frozen page's worker doesn't answer until it thaws", async () => {
  const frozen = freeze(pages[0], 1_000);
  await sleep(300);
  const start = Date.now();
  await pages[0].evaluate(() => rig.write(10));
  assert.ok(Date.now() - start > 400);
  await frozen;
});

test("without room nothing is written, and afterwards again", async () => {
  await pages[0].evaluate(() => rig.write(10));
  const full = withoutRoom(pages[0], site.url, 1_000);
  await sleep(300);
  assert.notEqual(await pages[0].evaluate(() => rig.write(100_000)), 100_000);
  await full;
  assert.equal(await pages[0].evaluate(() => rig.write(100_000)), 100_000);
});

test("a throttled page is slower", async () => {
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  const loops = async (goesOn) => {
    const times = [];
    while (goesOn(times)) {
      times.push(await pages[0].evaluate(() => rig.loop(2e6)).then(({ time }) => time));
    }
    return times;
  };
  const before = await loops((times) => times.length < 9);
  let throttled = true;
  const slow = throttle(pages[0], 8, 3_000).then(() => {
    throttled = false;
  });
  const during = await loops(() => throttled);
  await slow;
  assert.ok(median(during) > 2 * median(before), `${before} ms, then ${during} ms`);
});
