// A real Chromium opens the first page, follows its links, and calls the API from a page of another origin.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../worker/harness.mjs";
import { startBoth } from "../worker/product/product.mjs";
import { startChromium } from "./chromium.mjs";

let both;
let browser;
let elsewhere;
before(async () => {
  both = await startBoth();
  browser = await startChromium();
  elsewhere = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<title>elsewhere</title>"),
  );
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser?.close();
  elsewhere?.closeAllConnections();
  elsewhere?.close();
  await both?.stop();
});

test("the first page renders without a complaint, in light and dark, wide and narrow", async () => {
  for (const [colorScheme, width] of [
    ["light", 1000],
    ["dark", 1000],
    ["light", 360],
  ]) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${both.worker.url}/`);
    assert.equal(await page.title(), "Hashi");
    assert.equal(await page.locator("li").count(), 12);
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
      "nothing sticks out",
    );
    mkdirSync(join(root, "build", "screenshots"), { recursive: true });
    await page.screenshot({ path: join(root, "build", "screenshots", `index-${colorScheme}-${width}.png`) });
    // A browser asks for the icon by itself; nothing else may be missing.
    assert.deepEqual(
      complaints.filter((text) => !text.includes("404")),
      [],
    );
    await page.close();
  }
});

test("every link of the first page leads to something", async () => {
  const page = await browser.newPage();
  await page.goto(`${both.worker.url}/`);
  const links = await page.locator("a").evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
  assert.ok(links.length >= 8);
  for (const link of links) assert.equal((await fetch(link)).status, 200, link);
  await page.close();
});

test("a page of another origin reads the API with fetch, headers included", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
  const seen = await page.evaluate(async (url) => {
    const response = await fetch(`${url}/earthquake/list?limit=2`, { headers: { authorization: "Bearer none" } });
    const problem = await fetch(`${url}/earthquake/list?limit=0`);
    return {
      rows: (await response.json()).length,
      link: response.headers.get("link"),
      id: response.headers.get("x-request-id"),
      problem: (await problem.json()).code,
    };
  }, both.worker.url);
  assert.deepEqual([seen.rows, seen.problem], [2, "invalid_parameter"]);
  assert.match(seen.link, /rel="next"/);
  assert.match(seen.id, /^[0-9a-f]{16}-[0-9a-f]{8}$/);
  await page.close();
});

test("a page of another origin that writes a slash too many is led to the answer, preflight and all", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
  const status = await page.evaluate(async (url) => {
    // A header that is not on the safe list makes the browser ask first.
    const response = await fetch(`${url}/earthquake/list/?limit=1`, { headers: { "x-client-info": "test" } });
    return [response.status, response.redirected, response.headers.get("x-request-id")?.length];
  }, both.worker.url);
  assert.deepEqual(status, [200, true, 25]);
  await page.close();
});
