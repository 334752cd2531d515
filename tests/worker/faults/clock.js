// The clock of the product's timers. Once it was put forward, those of a second and more wait for nothing else: a test need not wait as long, and how busy
// the machine is makes no difference to it.
const { setTimeout: start, clearTimeout: stop } = globalThis;
const running = new Map();
/** When it was put forward first, and by how much since. */
let stopped;
let skipped = 0;
let last = 1_000_000_000;

globalThis.setTimeout = (call, ms = 0, ...args) => {
  if (!(ms >= 1000)) return start(call, ms, ...args);
  console.log(`a timer began: ${ms}`);
  const id = ++last;
  const due = now() + ms;
  const look = () => {
    const left = due - now();
    if (left > 0) return running.set(id, start(look, Math.min(left, 20)));
    running.delete(id);
    call(...args);
  };
  look();
  return id;
};

globalThis.clearTimeout = (id) => {
  stop(running.get(id) ?? id);
  running.delete(id);
};

const now = () => (stopped ?? Date.now()) + skipped;

/** Puts it forward. */
export function skip(ms) {
  stopped ??= Date.now();
  skipped += ms;
}

/** Puts the time of day forward, which no timer goes by. */
export function later(ms) {
  const real = Date.now;
  Date.now = () => real() + ms;
}

/** A promise that nobody settles, as one of the host is of which nothing comes: the host knows that something is under way. */
export function never() {
  return new Promise((resolve) => start(resolve, 3_600_000));
}
