// Cloudflare's clock, which wrangler dev doesn't have: a tick at the beginning of each minute.

const MINUTE = 60_000;

/** Sends the Worker behind `url` a tick for the minute that began at `time`; resolves to what was wrong, if anything was. */
export async function tick(url, time) {
  try {
    const answer = await fetch(`${url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time=${time}`);
    const text = await answer.text();
    return answer.ok ? undefined : `${answer.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
}

/** Ticks until `signal` is aborted. */
export function startClock(url, signal, report) {
  let timer;
  const next = () => {
    const time = (Math.floor(Date.now() / MINUTE) + 1) * MINUTE;
    timer = setTimeout(async () => {
      if (signal.aborted) return;
      next();
      const problem = await tick(url, time);
      // While wrangler builds anew nobody listens, and the next tick catches up.
      if (problem && problem !== "ECONNREFUSED" && !signal.aborted) report.line(`the clock's tick failed: ${problem}`);
    }, time - Date.now());
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  next();
}
