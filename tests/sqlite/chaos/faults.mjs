// What the harness does to tabs, through the browser's own debugging protocol.

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Ends every SharedWorker of the browser; how many there were. */
export async function killSharedWorkers(browser) {
  const session = await browser.newBrowserCDPSession();
  try {
    const { targetInfos } = await session.send("Target.getTargets");
    const workers = targetInfos.filter(({ type }) => type === "shared_worker");
    // One may be gone by now, with the page that made it.
    for (const { targetId } of workers) await session.send("Target.closeTarget", { targetId }).catch(() => {});
    return workers.length;
  } finally {
    await session.detach();
  }
}

async function withSession(page, work) {
  const session = await page.context().newCDPSession(page);
  try {
    return await work(session);
  } finally {
    // A page that died meanwhile took its session along.
    await session.detach().catch(() => {});
  }
}

/** Kills the page's renderer process, as an out-of-memory would. Other tabs may live in the same one. */
export async function crash(page) {
  const session = await page.context().newCDPSession(page);
  const died = new Promise((resolve) => page.once("crash", resolve));
  // The answer never comes: who would give it is dead.
  session.send("Page.crash").catch(() => {});
  await died;
}

/**
 * playwright tells the browser that each of its pages is in front, and such a page is never frozen. Only its own session can take
 * that back, which no public call does.
 */
function inFront(page, enabled) {
  const { _client } = page._connection.toImpl(page).delegate._mainFrameSession;
  return _client.send("Emulation.setFocusEmulationEnabled", { enabled });
}

/** Stops all of the page's tasks and its workers' for a time, as a browser does with tabs in the background. */
export function freeze(page, time) {
  return withSession(page, async (session) => {
    const before = await page.evaluate(() => globalThis.freezes);
    await inFront(page, false);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await sleep(time);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await inFront(page, true);
    if ((await page.evaluate(() => globalThis.freezes)) === before) throw new Error("the page wasn't frozen");
  });
}

/** Slows the page's thread down by a factor for a time. */
export function throttle(page, rate, time) {
  return withSession(page, async (session) => {
    await session.send("Emulation.setCPUThrottlingRate", { rate });
    await sleep(time);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  });
}

/** Leaves the origin no room for a time. */
export function withoutRoom(page, origin, time) {
  return withSession(page, async (session) => {
    await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
    await sleep(time);
    await session.send("Storage.overrideQuotaForOrigin", { origin });
  });
}

/** Terminates the page's newest worker behind the page's back. */
export function terminateWorker(page) {
  return page.evaluate(() => globalThis.workers.at(-1)?.terminate());
}
