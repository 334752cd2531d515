// Bodies of clients, read here; one that stops coming is given up.
import { late } from "./pass.js";

const stalled = () => late("StalledError", "the client sent nothing more of its body within the deadline");

/** The pieces of `stream`; an error once the next one has been waited for longer than `ms`. */
export async function* arriving(stream, ms) {
  const reader = stream.getReader();
  let giveUp;
  const late = new Promise((_, reject) => {
    giveUp = reject;
  });
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

/** Tells what came of reading a whole body, by `tell(fulfilled, value)`: within `ms`, or not at all. */
export function arrived(body, ms, tell) {
  let timer = setTimeout(() => end(false, stalled()), ms);
  function end(fulfilled, value) {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    tell(fulfilled, value);
  }
  body.then(
    (value) => end(true, value),
    (error) => end(false, error),
  );
}
