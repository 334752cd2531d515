// Which targets of the design are met.
import { mean, quantile } from "./statistics.mjs";

/**
 * `name`'s CPU as a multiple of `other`'s: of all that each took in a round, and of the rounds the median. Not slice by slice: V8 collects its
 * garbage once in some thousand requests, for many milliseconds, and a median of slices leaves that out or counts it whole.
 */
export function ratio(rounds, name, other) {
  const both = rounds.filter((round) => round.has(name) && round.has(other));
  if (both.length === 0) return undefined;
  const all = (round, which) => mean(round.get(which).slices);
  return quantile(
    both.map((round) => all(round, name) / all(round, other)),
    0.5,
  );
}

/** A route's targets with what was reached. */
export function judge(route, rounds, ours) {
  return route.targets.flatMap(({ of, most }) => {
    const reached = ratio(rounds, ours, of);
    return reached === undefined ? [] : [{ of, most, reached, met: reached <= most }];
  });
}
