// Timers that may be long.

/** Milliseconds that a timer holds; with more it would fire at once. */
const longest = 2 ** 31 - 1;

/** Calls `act` after so many milliseconds; after 24 days if they are more, Infinity included. */
export const after = (milliseconds, act) => setTimeout(act, Math.min(milliseconds, longest));
