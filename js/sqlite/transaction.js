// A transaction that a callback runs in.
import { DatabaseError } from "./error.js";
import { Op } from "./op.js";
import { Queries } from "./queries.js";
import { after } from "./timer.js";

/** Rejects when the signal aborts or the time is over; `end` takes the timer away. */
function limit({ signal, timeout }) {
  const { promise, reject } = Promise.withResolvers();
  promise.catch(() => {});
  const over = () => reject(new DatabaseError("timeout", "the transaction's deadline passed: it was rolled back"));
  const timer = timeout ? after(timeout, over) : undefined;
  const aborted = () => reject(signal.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  return {
    passed: promise,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    },
  };
}

async function attempt(desk, callback, options) {
  const [tx] = await desk.call(Op.BEGIN, undefined, undefined, options);
  const how = { tx, epoch: desk.epoch };
  let over = false;
  const queries = new Queries((op, a, b, callOptions, more) => {
    if (over)
      return Promise.reject(
        new DatabaseError(
          "transaction_over",
          "the transaction's callback has settled: await all of its calls inside it",
        ),
      );
    return desk.call(op, a, b, callOptions, { ...more, ...how });
  });
  const bound = limit(options);
  try {
    // A signal that aborts between BEGIN and its answer tells nobody again.
    options.signal?.throwIfAborted();
    const result = await Promise.race([callback(queries), bound.passed]);
    over = true;
    bound.end();
    await desk.call(Op.COMMIT, undefined, undefined, { timeout: options.timeout }, how);
    return result;
  } catch (error) {
    over = true;
    bound.end();
    // Where it can't be rolled back it is so already: its leader, or the leader's patience with it, is gone.
    await desk.call(Op.ROLLBACK, undefined, undefined, undefined, how).catch(() => {});
    throw error;
  }
}

/** Runs the callback between BEGIN and COMMIT, again if its leader is lost and `retries` allows it. */
export async function runTransaction(desk, callback, options = {}) {
  for (let retries = options.retries ?? 0; ; retries--) {
    try {
      return await attempt(desk, callback, options);
    } catch (error) {
      if (error?.code !== "transaction_lost" || retries <= 0) throw error;
    }
  }
}
