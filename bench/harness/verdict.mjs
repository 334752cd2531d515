// Which targets of the design are met.
import { quantile } from "./statistics.mjs";

/**
 * `name`'s CPU as a multiple of `other`'s: of all that each took in a round, and of the rounds the median.
 */
export function ratio(rounds, name, other) {
  const both = rounds.filter((round) => round.has(name) && round.has(other));
  if (both.length === 0) return undefined;
  return quantile(
    both.map((round) => round.get(name).cpu / round.get(other).cpu),
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
