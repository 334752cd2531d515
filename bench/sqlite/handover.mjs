/// <reference path="page/bench.d.ts" />
// What the leader's end costs the others: the longest read of a tab that reads while the leader's tab closes.

const ROWS = 5_000;

/** Milliseconds from before the leader's tab is closed until all is surely over. */
const WATCHED = 1_500;

/**
 * Closes the leader's tab `count` times; the tab that reads leads next, and another comes to read.
 * @param {() => Promise<import("playwright-core").Page>} openPage
 * @returns {Promise<number[]>} the longest read of each time, in ms
 */
export async function measureHandOver(openPage, module, count) {
  const longest = [];
  let leader = await openPage();
  await leader.evaluate(([module, rows]) => bench.hold(module, "handover", rows), [module, ROWS]);
  for (let at = 0; at < count; at++) {
    const reader = await openPage();
    await reader.evaluate((module) => bench.hold(module, "handover"), module);
    await reader.evaluate((rows) => bench.roundTrips(100, rows), ROWS);
    const reading = reader.evaluate(([rows, time]) => bench.longestRead(rows, time), [ROWS, WATCHED]);
    await leader.close();
    longest.push(await reading);
    leader = reader;
  }
  await leader.evaluate(() => bench.release());
  await leader.close();
  return longest;
}
