// What a seed makes happen, as a list of steps: pure, so that the same seed gives the same list everywhere.
import { Random } from "./random.mjs";

export const LEAST_TABS = 2;
export const MOST_TABS = 8;

/** Steps of data, by weight. */
const CALLS = { write: 44, transfer: 12, batch: 6, read: 22, audit: 10, abandon: 2, constraint: 4 };

/** Steps that break something, by weight; the least of them is there in every thousand steps. */
const FAULTS = {
  open: 20,
  close: 10,
  reload: 10,
  crash: 6,
  terminate: 6,
  broker: 6,
  freeze: 5,
  throttle: 4,
  quota: 8,
};

/** Every fourth seed plays where there is no SharedWorker: tabs talk over a BroadcastChannel. */
export const transportOf = (seed) => (seed % 4 === 3 ? "broadcast" : "auto");

/**
 * The steps of a seed. Each is `{kind, slot, …}`; `slot` names a tab's place (0 to 7), whatever tab is there by then.
 * `pause` is how many milliseconds the harness waits before the step; a call that it doesn't wait for overlaps the next.
 */
export function plan(seed, count) {
  const random = new Random(seed);
  const open = new Set([0, 1]);
  const steps = [];
  const anyTab = () => random.one([...open]);
  for (let at = 0; at < count; at++) {
    const pause = random.below(10) === 0 ? random.below(20) : 0;
    if (random.below(100) >= 8) {
      const kind = random.weighted(CALLS);
      const step = { at, kind, slot: anyTab(), pause, wait: random.below(4) === 0 };
      if (kind === "transfer" || kind === "abandon")
        Object.assign(step, {
          from: random.below(8),
          to: random.below(8),
          amount: random.from(1, 50),
          think: random.below(12),
        });
      if (kind === "batch") step.rows = random.from(2, 40);
      steps.push(step);
      continue;
    }
    let kind = random.weighted(FAULTS);
    if (kind === "open" && open.size >= MOST_TABS) kind = "close";
    if (kind === "close" && open.size <= LEAST_TABS) kind = "open";
    const step = { at, kind, pause };
    if (kind === "open") {
      step.slot = [...Array(MOST_TABS).keys()].find((slot) => !open.has(slot));
      open.add(step.slot);
    } else {
      step.slot = anyTab();
    }
    if (kind === "close") {
      step.polite = random.below(2) === 0;
      open.delete(step.slot);
    }
    if (kind === "freeze") step.for = random.from(50, 1_500);
    if (kind === "throttle") Object.assign(step, { rate: random.one([2, 4, 8]), for: random.from(50, 400) });
    if (kind === "quota") step.for = random.from(50, 400);
    steps.push(step);
    // The browser grants room in chunks: only something large needs more of it at once.
    if (kind === "quota" && ++at < count) steps.push({ at, kind: "bulky", slot: step.slot, pause: 30, wait: false });
  }
  return steps;
}
