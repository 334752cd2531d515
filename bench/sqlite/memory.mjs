/// <reference path="page/bench.d.ts" />
// What open tabs cost: resident memory of the browser's renderer processes, with the database open and without.
import { readFileSync } from "node:fs";
import { startChromium } from "../../tests/browser/chromium.mjs";

/** Bytes that are this process's own or its share of what several map (Linux only). */
function proportional(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)[1]) * 1024;
  } catch (error) {
    // It ended between being listed and being read.
    if (error.code === "ENOENT" || error.code === "ESRCH") return 0;
    throw error;
  }
}

async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

async function cost(site, module, tabs, open) {
  const browser = await startChromium();
  try {
    const context = await browser.newContext();
    for (let at = 0; at < tabs; at++) {
      const page = await context.newPage();
      await page.goto(`${site.url}/bench/sqlite/page/index.html`);
      await page.waitForFunction(() => globalThis.bench);
      if (!open) continue;
      await page.evaluate(([module, rows]) => bench.hold(module, "memory", rows), [module, at === 0 ? 5_000 : 0]);
      await page.evaluate(() => bench.roundTrips(10, 5_000));
    }
    // What a page needs only to start is let go within a second or two.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const bytes = (await renderers(browser)).map(proportional);
    return bytes.reduce((sum, each) => sum + each, 0);
  } finally {
    await browser.close();
  }
}

/** For each number of tabs, how many bytes the open database costs beyond as many tabs without it. */
export async function measureMemory(site, module, counts) {
  const found = [];
  for (const tabs of counts) {
    const [without, withIt] = [await cost(site, module, tabs, false), await cost(site, module, tabs, true)];
    found.push({ tabs, bytes: withIt - without, without });
  }
  return found;
}
