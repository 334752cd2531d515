// The one error that calls reject with; index.d.ts lists the codes.

/** A refused call. `code` is stable; `outcome` says whether a write may have been applied all the same. */
export class DatabaseError extends Error {
  /**
   * @param {import("./index.js").ErrorCode} code
   * @param {string} message  what was wrong and what would be right
   * @param {{ sqlite?: number, outcome?: "none" | "unknown", cause?: unknown }} [more]
   */
  constructor(code, message, { sqlite, outcome = "none", cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DatabaseError";
    this.code = code;
    this.sqlite = sqlite;
    this.outcome = outcome;
  }
}

/** Calls what is a page's own. What it throws is the page's to hear of, and must not pass through the tab's wasm. */
export function reported(act) {
  try {
    act();
  } catch (error) {
    reportError(error);
  }
}

// SQLite's codes for a write that the browser refused (IOERR_WRITE, FULL): OPFS refuses one for want of room only.
const noRoom = new Set([778, 13]);

/** From a reply `[id, 1, code, message, sqlite?, unknown?]`. How full the disk is only the browser knows. @param {any[]} reply */
export async function failureOf([, , code, message, sqlite, unknown]) {
  const outcome = unknown ? "unknown" : "none";
  if (!noRoom.has(sqlite)) return new DatabaseError(code, message, { sqlite, outcome });
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  const used = `${(usage / 1e6).toFixed(1)} MB of ${(quota / 1e6).toFixed(1)} MB are in use`;
  const what = `the browser gave no more room (${used}); nothing of the call was applied: delete something, or ask for more with navigator.storage.persist()`;
  return new DatabaseError("quota_exceeded", what, { sqlite, outcome });
}
