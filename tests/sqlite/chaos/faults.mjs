// What the harness does to tabs, through the browser's own debugging protocol.

/** A page that isn't frozen after so long won't be. */
const FROZEN = 10_000;

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

/** Lets a fault hold for a time: `begun` resolves, once it does, to what lifts it. */
export async function during(time, begun) {
  const lift = await begun;
  await sleep(time);
  await lift();
}

/** Begins a fault that lasts; resolves, once it holds, to what lifts it. */
async function lasting(page, begin, end) {
  const session = await page.context().newCDPSession(page);
  // A page that died meanwhile took its session along.
  const leave = () => session.detach().catch(() => {});
  try {
    await begin(session);
  } catch (error) {
    await leave();
    throw error;
  }
  return () => end(session).finally(leave);
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

/** Stops all of the page's tasks and its workers', as a browser does with tabs in the background. */
export function freeze(page) {
  const thaw = async (session) => {
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await inFront(page, true);
  };
  return lasting(
    page,
    async (session) => {
      const freezes = () => page.evaluate(() => globalThis.freezes);
      const before = await freezes();
      await inFront(page, false);
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      for (const end = Date.now() + FROZEN; (await freezes()) === before; await sleep(10)) {
        if (Date.now() < end) continue;
        await thaw(session);
        throw new Error("the page wasn't frozen");
      }
    },
    thaw,
  );
}

/** Slows the page's thread down by a factor. */
export function throttle(page, rate) {
  const slow = (rate) => (session) => session.send("Emulation.setCPUThrottlingRate", { rate });
  return lasting(page, slow(rate), slow(1));
}

/** Leaves the origin no room. */
export function withoutRoom(page, origin) {
  const allow = (more) => (session) => session.send("Storage.overrideQuotaForOrigin", { origin, ...more });
  return lasting(page, allow({ quotaSize: 1 }), allow({}));
}

/** Terminates the page's newest worker behind the page's back. */
export function terminateWorker(page) {
  return page.evaluate(() => globalThis.workers.at(-1)?.terminate());
}
