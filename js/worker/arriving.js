// Bodies of clients, read here; one that stops coming is given up.
import { late, patience } from "./pass.js";

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
  const waiting = patience(ms, () => giveUp(stalled()));
  try {
    for (;;) {
      waiting.begin();
      const { done, value } = await Promise.race([reader.read(), late]);
      waiting.pause();
      if (done) return;
      yield value;
    }
  } finally {
    waiting.stop();
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
