// Deadlines of what the host promised, and may never give.
import { late } from "./pass.js";
import { promised } from "./promised.js";

// Whoever computes keeps a thread's timers and what came meanwhile waiting alike: what has come is dealt with in this time, and is not late.
const TURN_MS = 100;

/** What is known of a promise that wasn't settled in time: its name is what Rust tells apart, see src/bridge/binding.rs. */
const lateError = () => late("LateError", "no answer within the deadline");

/** Calls `give` once `ms` are over, unless what this gives is called before. */
function after(ms, give) {
  let timer = setTimeout(() => {
    timer = setTimeout(give, TURN_MS);
  }, ms);
  return () => clearTimeout(timer);
}

/** The timers of promises that an instance knows by their numbers. */
export function createTimers() {
  const stops = new Map();
  return {
    /** Calls `tell` with what is known of the promise `number` by then, in `ms`. */
    begin(number, ms, tell) {
      stops.set(
        number,
        after(ms, () => tell(lateError())),
      );
    },
    stop(number) {
      stops.get(number)?.();
      stops.delete(number);
    },
    /** For when nobody is there to be told. */
    forget: () => stops.clear(),
  };
}

/**
 * What `promise` comes to if it does in `ms`; a LateError otherwise, and what it comes to then is nobody's.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @returns {Promise<T>}
 */
export async function within(promise, ms) {
  const { promise: over, reject } = promised();
  const stop = after(ms, () => {
    reject(lateError());
    letGo(promise);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    stop();
  }
}

/** Cancels the body of what `promise` comes to, if it has one: nobody will read it. */
export function letGo(promise) {
  promise.then((value) => value?.body?.cancel()).catch(() => {});
}
