// Medians, means and spread.

/** The value at a share of the sorted values, between two of them by proportion. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The sum by the number. */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The median, the least and the most of the rounds' values. */
export function spread(values) {
  return { median: quantile(values, 0.5), least: Math.min(...values), most: Math.max(...values) };
}
