// Which targets of the design are met.
import { quantile } from "./statistics.mjs";

/**
 * The median over all slices of `name`'s value as a multiple of `other`'s. A slice is compared with the other's slice of
 * the same turn alone: both ran within the same second, so what else the machine did then fell on both.
 */
export function ratio(rounds, name, other) {
  const both = rounds.filter((round) => round.has(name) && round.has(other));
  if (both.length === 0) return undefined;
  const ratios = both.flatMap((round) => {
    const { slices } = round.get(other);
    return round.get(name).slices.map((cpu, slice) => cpu / slices[slice]);
  });
  return quantile(ratios, 0.5);
}

/** A route's targets with what was reached. */
export function judge(route, rounds, ours) {
  return route.targets.flatMap(({ of, most }) => {
    const reached = ratio(rounds, ours, of);
    return reached === undefined ? [] : [{ of, most, reached, met: reached <= most }];
  });
}
