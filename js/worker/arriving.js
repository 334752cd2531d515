// Bodies of clients, read here; one that stops coming is given up.
import { late } from "./pass.js";
import { promised } from "./promised.js";

/** Why a body is given up. */
export const stalled = () => late("StalledError", "the client sent nothing more of its body within the deadline");

/** The pieces of `stream`; an error once the next one has been waited for longer than `ms`. */
export async function* arriving(stream, ms) {
  const reader = stream.getReader();
  const { promise: late, reject: giveUp } = promised();
  // Whoever stopped reading waits for nothing.
  late.catch(() => {});
  let timer;
  try {
    for (;;) {
      timer = setTimeout(() => giveUp(stalled()), ms);
      const { done, value } = await Promise.race([reader.read(), late]);
      // While a piece is dealt with no timer runs: the host ends a request that nothing can wake any more only then.
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    // What is left of it nobody reads; it may have broken off by itself.
    reader.cancel(stalled()).catch(() => {});
  }
}

/**
 * The same bytes as `stream`, broken off once it isn't whole at `endsMs` of the clock. Nothing is read ahead, and no timer runs but while somebody waits
 * for a piece.
 */
export function inTime(stream, endsMs) {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const { promise: over, reject: giveUp } = promised();
        let timer;
        // A timer may come early, and none waits longer than its 31 bits.
        const look = () => {
          const left = endsMs - Date.now();
          if (left <= 0) giveUp(late("StalledError", "the client's body took longer than it may"));
          else timer = setTimeout(look, Math.min(left, 0x7fffffff));
        };
        look();
        try {
          const { done, value } = await Promise.race([over, reader.read()]);
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          reader.cancel(error).catch(() => {});
          throw error;
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

// Nearly all bodies are there at once, and a timer for each would cost more than to read it (docs/decisions/0005): so all that begin within this time
// share one, and those that it finds waiting still are woken to set timers of their own.
const GRACE_MS = 250;
/** @type {Set<() => void>} */
const young = new Set();
let watchedUntil = 0;

/** Sees to it that those in `young` are called a little after `now`, from whatever request it may be. */
function watchYoung(context, now) {
  if (now < watchedUntil) return;
  // Twice the time: a request that was ended with its timer must not leave the others without one for good.
  watchedUntil = now + 2 * GRACE_MS;
  const { promise: looked, resolve: done } = promised();
  setTimeout(() => {
    watchedUntil = 0;
    for (const wake of young) wake();
    young.clear();
    done(undefined);
  }, GRACE_MS);
  // The host forgets a request's timers with the answer.
  context.waitUntil(looked);
}

/** Tells what came of reading a whole body, by `tell(fulfilled, value)`: within `ms`, or not at all. `context` is that of the request, if it is known. */
export function arrived(body, ms, context, tell) {
  let timer;
  let wake;
  let waiting = true;
  function end(fulfilled, value) {
    if (!waiting) return;
    waiting = false;
    if (timer === undefined) young.delete(wake);
    else clearTimeout(timer);
    tell(fulfilled, value);
  }
  function giveUpIn(left) {
    timer = setTimeout(() => end(false, stalled()), left);
  }
  body.then(
    (value) => end(true, value),
    (error) => end(false, error),
  );
  if (context === undefined || ms <= GRACE_MS) return giveUpIn(ms);
  const now = Date.now();
  // What another request's timer wakes goes on in the request that made the promise.
  const woken = promised();
  woken.promise.then(() => waiting && giveUpIn(now + ms - Date.now()));
  wake = woken.resolve;
  young.add(wake);
  watchYoung(context, now);
}
