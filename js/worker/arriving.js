// Bodies of clients, read here; one that stops coming is given up.
import { late } from "./pass.js";
import { promised } from "./promised.js";
import { begins, GRACE_MS, over } from "./young.js";

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

/** Tells what came of reading a whole body, by `tell(fulfilled, value)`: within `ms`, or not at all. `context` is that of the request, if it is known. */
export function arrived(body, ms, context, tell) {
  let timer;
  let wake;
  let waiting = true;
  function end(fulfilled, value) {
    if (!waiting) return;
    waiting = false;
    if (timer === undefined) over(wake);
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
  const ends = Date.now() + ms;
  wake = begins(context, () => waiting && giveUpIn(ends - Date.now()));
}
