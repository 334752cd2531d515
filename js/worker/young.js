// Waits that have just begun. Nearly all are over at once, and a timer for each would cost more than they do (docs/decisions/0005): so all that begin
// within this time share one, and those that it finds waiting still are woken to set timers of their own.
import { promised } from "./promised.js";

export const GRACE_MS = 250;
/** @type {Set<(value?: any) => void>} */
const young = new Set();
let watchedUntil = 0;

/**
 * Calls `then` once what begins now has lasted for a while, GRACE_MS at most, unless `over` is called before with what this gives. `context` is that of
 * the present request.
 */
export function begins(context, then) {
  // What another request's timer wakes goes on in the request that made the promise.
  const { promise, resolve: wake } = promised();
  promise.then(then);
  young.add(wake);
  watch(context, Date.now());
  return wake;
}

/** What began and was given `wake` is over. */
export function over(wake) {
  young.delete(wake);
}

/** Sees to it that those in `young` are called a little after `now`, from whatever request it may be. */
function watch(context, now) {
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
