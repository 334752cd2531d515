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
  assert.equal(await pages[0].evaluate(() => rig.write(10)), 10);
  const thaw = await freeze(pages[0]);
  let answer;
  const written = pages[0]
    .evaluate(() => rig.write(10))
    .then((bytes) => {
      answer = bytes;
    });
  await sleep(500);
  assert.equal(answer, undefined);
  await thaw();
  await written;
  assert.equal(answer, 10);
});

test("without room nothing is written, and afterwards again", async () => {
  await pages[0].evaluate(() => rig.write(10));
  const makeRoom = await withoutRoom(pages[0], site.url);
  assert.notEqual(await pages[0].evaluate(() => rig.write(100_000)), 100_000);
  await makeRoom();
  assert.equal(await pages[0].evaluate(() => rig.write(100_000)), 100_000);
});

test("a throttled page is slower", async () => {
  // The least of several: other work on the machine makes a loop longer, and never shorter.
  const least = async () => {
    const times = [];
    while (times.length < 9) times.push(await pages[0].evaluate(() => rig.loop(2e7)).then(({ time }) => time));
    return Math.min(...times);
  };
  const before = await least();
  const lift = await throttle(pages[0], 8);
  const slow = await least();
  await lift();
  const after = await least();
  assert.ok(slow > 2 * Math.min(before, after), `${before} ms, then ${slow} ms, then ${after} ms`);
});
