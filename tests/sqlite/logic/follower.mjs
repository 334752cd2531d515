// A follower's tab as an engine for records: another tab is the leader and does nothing else.

async function openTab(context, site, name, options) {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${site.url}/tests/sqlite/logic/page.html`);
  await page.waitForFunction(() => globalThis.logic);
  await page.evaluate(([name, options]) => logic.start(name, options), [name, options]);
  return page;
}

/** Opens an empty database in two tabs; `answer` goes through the second. */
export async function startFollower(context, site, name, options = {}) {
  const leader = await openTab(context, site, name, options);
  const page = await openTab(context, site, name, options);
  return {
    answer: (records) => page.evaluate((records) => logic.answer(records), records),
    status: () => page.evaluate(() => logic.status()),
    async close() {
      for (const each of [page, leader]) {
        await each.evaluate(() => logic.close());
        await each.close();
      }
    },
  };
}
