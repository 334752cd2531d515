// Run alone: node --test tests/sqlite/demo/demo.test.mjs (after npm run build:sqlite)
// The demo, as a person would try it: three tabs, one leads, rows are live in all, and closing the leader loses nothing.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../../scripts/setup/paths.mjs";
import { startSite } from "../../../scripts/site/server.mjs";
import { startChromium } from "../../browser/chromium.mjs";

const FOLDERS = ["examples/sqlite", "build/sqlite", "node_modules/@tanstack/query-core"];
const screenshots = join(root, "build", "screenshots");

let site;
let browser;
before(async () => {
  site = await startSite({ folders: FOLDERS });
  browser = await startChromium();
  mkdirSync(screenshots, { recursive: true });
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

/** Opens a page of the demo; what it complains about goes to `complaints`. */
async function openTab(context, path, complaints) {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${site.url}/examples/sqlite/${path}`);
  return page;
}

const role = (page) => page.locator("#role").getAttribute("data-role");
const shows = (page, text) => page.locator("#notes li", { hasText: text }).first().waitFor();

async function settled(page) {
  await page.locator("#role[data-role=leader], #role[data-role=follower]").waitFor();
  return role(page);
}

async function write(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#add button").click();
}

test("three tabs show one leader and live rows, and survive closing the leader", { timeout: 120_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 760, height: 860 } });
  const complaints = [];
  const first = await openTab(context, "", complaints);
  assert.equal(await settled(first), "leader");
  const [second, third] = [await openTab(context, "", complaints), await openTab(context, "", complaints)];
  assert.deepEqual([await settled(second), await settled(third)], ["follower", "follower"]);

  await write(second, "from the second tab");
  await write(third, "from the third tab");
  await write(first, "from the leader itself");
  for (const page of [first, second, third]) {
    await shows(page, "from the second tab");
    await shows(page, "from the third tab");
    await shows(page, "from the leader itself");
    await page.locator("#tabs", { hasText: "3" }).waitFor();
  }
  await first.screenshot({ path: join(screenshots, "sqlite-leader.png") });
  await second.screenshot({ path: join(screenshots, "sqlite-follower.png") });

  await first.close();
  const heirs = [second, third];
  const leader = await Promise.any(
    heirs.map(async (page) => {
      await page.locator("#role[data-role=leader]").waitFor();
      return page;
    }),
  );
  const follower = heirs.find((page) => page !== leader);
  assert.equal(await settled(follower), "follower", "one leader, not two");
  for (const page of heirs) await shows(page, "from the leader itself");
  await write(follower, "after the leader was closed");
  await leader.locator("#many").click();
  for (const page of heirs) {
    await page.locator("#count", { hasText: "1,004" }).waitFor();
    await page.locator("#tabs", { hasText: "2" }).waitFor();
  }
  await leader.screenshot({ path: join(screenshots, "sqlite-new-leader.png") });
  await follower.emulateMedia({ colorScheme: "dark" });
  await follower.screenshot({ path: join(screenshots, "sqlite-dark.png") });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the page fits a narrow screen", { timeout: 60_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
  const complaints = [];
  const page = await openTab(context, "", complaints);
  await settled(page);
  await write(page, "x".repeat(180));
  await page.locator("#notes li").first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing sticks out");
  await page.screenshot({ path: join(screenshots, "sqlite-narrow.png") });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("TanStack Query: a commit of another tab refetches the queries of its tables and no others", {
  timeout: 60_000,
}, async () => {
  const context = await browser.newContext({ viewport: { width: 760, height: 700 } });
  const complaints = [];
  const [one, two] = [
    await openTab(context, "query.html", complaints),
    await openTab(context, "query.html", complaints),
  ];
  const count = async (page, table) => Number(await page.locator(`#${table}-fetches`).textContent());
  for (const page of [one, two]) await page.locator("#open", { hasText: "0" }).waitFor();
  // What a page hears of commits it hears in their order: with this one it has heard of those that made the tables.
  await one.locator("#hire").click();
  await two.locator("#people li", { hasText: "Person 1" }).waitFor();
  const before = { task: await count(two, "task"), person: await count(two, "person") };

  await write(one, "buy paper");
  await two.locator("#tasks li", { hasText: "buy paper" }).waitFor();
  assert.ok((await count(two, "task")) > before.task);
  assert.equal(await count(two, "person"), before.person, "people weren't touched");

  const tasks = await count(two, "task");
  await one.locator("#hire").click();
  await two.locator("#people li", { hasText: "Person 2" }).waitFor();
  assert.equal(await count(two, "task"), tasks, "tasks weren't touched");

  await two.locator("#tasks input").check();
  await one.locator("#open", { hasText: "0" }).waitFor();
  assert.ok(await one.locator("#tasks input").isChecked());
  await two.screenshot({ path: join(screenshots, "sqlite-query.png") });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("TanStack Query: a tick shows before it is committed, and is taken back where it is refused", {
  timeout: 60_000,
}, async () => {
  const context = await browser.newContext({ viewport: { width: 760, height: 700 } });
  const complaints = [];
  const [one, two] = [
    await openTab(context, "query.html", complaints),
    await openTab(context, "query.html", complaints),
  ];
  await one.locator("#open", { hasText: "0" }).waitFor();
  await write(one, "buy paper");
  await two.locator("#tasks li", { hasText: "buy paper" }).waitFor();
  // While a transaction is open nothing else is committed: who waits longer than a second is refused.
  await one.evaluate(async () => {
    const { open } = await import(/** @type {any} */ ("../../build/sqlite/index.js"));
    const db = await open("tasks");
    const [begun, over] = [Promise.withResolvers(), Promise.withResolvers()];
    const ended = db.transaction(() => {
      begun.resolve();
      return over.promise;
    });
    Object.assign(globalThis, { end: over.resolve, ended });
    await begun.promise;
  });
  // Seen by the page itself: it may not show for long.
  await two.evaluate(() => {
    const global = /** @type {any} */ (globalThis);
    const open = document.querySelector("#open");
    global.shown = [];
    new MutationObserver(() => global.shown.push(open.textContent)).observe(open, { childList: true });
  });
  await two.locator("#tasks input").click();
  await two.waitForFunction(() => {
    const { shown } = /** @type {any} */ (globalThis);
    return shown[0] === "0" && shown.at(-1) === "1";
  });
  assert.equal(await one.locator("#open").textContent(), "1", "it isn't committed");
  assert.equal(await two.locator("#tasks input").isChecked(), false);
  await one.evaluate(async () => {
    const { end, ended } = /** @type {any} */ (globalThis);
    end();
    await ended;
  });
  await two.locator("#tasks input").click();
  await one.locator("#open", { hasText: "0" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
