// Decides whether a history is one that the browser database may have: pure, so that it is tested with forged histories.

/** What all accounts hold together, always. */
export const TOTAL = 8_000;
const ACCOUNTS = 8;

/** What a call may fail with while tabs die around it; anything else is a fault of the database. */
const EXCUSED = new Set([
  "busy",
  "closed",
  "leader_unresponsive",
  "quota_exceeded",
  "timeout",
  "transaction_expired",
  "transaction_lost",
  "transaction_over",
]);

/** How many entries a call writes if it is done. */
export function rowsOf({ kind, rows }) {
  return { write: 1, batch: rows, transfer: 2, constraint: 1, bulky: 1 }[kind] ?? 0;
}

/** What is certain of a call: `"done"`, `"none"`, or `"unknown"`. */
function fate({ kind, ok, outcome }) {
  if (kind === "abandon") return "none";
  if (ok) return "done";
  return outcome === "none" ? "none" : "unknown";
}

function* entriesJudged(history, entries) {
  const found = new Map(entries.map(([op, ...rest]) => [op, rest]));
  for (const call of history) {
    const rows = rowsOf(call);
    if (rows === 0 && call.kind !== "abandon") continue;
    const [count = 0, least, most, of, distinct] = found.get(call.op) ?? [];
    found.delete(call.op);
    const whole = count === rows && distinct === rows && of === rows && least === 0 && most === rows - 1;
    const certain = fate(call);
    const said = `${call.op} (${call.kind}, ${call.ok ? "acknowledged" : (call.code ?? call.message)})`;
    if (certain === "done" && count === 0) yield `lost: ${said} isn't there`;
    else if (certain === "none" && count > 0) yield `undead: ${said} is there ${count} times, and was said not to be`;
    else if (count > rows) yield `twice: ${said} left ${count} rows, not ${rows}`;
    else if (count > 0 && !whole) yield `torn: ${said} left ${count} of ${rows} rows`;
  }
  for (const op of found.keys()) yield `from nowhere: ${op} was never asked for`;
}

function* snapshotJudged({ op, kind, value }) {
  if (value.total !== TOTAL || value.accounts !== ACCOUNTS)
    yield `torn read: ${op} saw ${value.total} in ${value.accounts} accounts, not ${TOTAL} in ${ACCOUNTS}`;
  if (kind !== "audit") return;
  if (value.torn.length > 0) yield `torn read: ${op} saw a part of ${value.torn.join(", ")}`;
  for (const [key, seen] of Object.entries(value.second))
    if (seen !== value[key])
      yield `moving snapshot: ${op} saw ${key} ${value[key]}, then ${seen} in the same transaction`;
}

/** Reads against what was certain when they began and possible when they ended. */
function* readsJudged(history) {
  const reads = history.filter(({ kind, ok }) => ok && (kind === "read" || kind === "audit"));
  const writes = history.filter((call) => rowsOf(call) > 0);
  for (const read of reads) {
    yield* snapshotJudged(read);
    let least = 0;
    let most = 0;
    for (const write of writes) {
      const rows = rowsOf(write);
      if (fate(write) === "done" && write.settled < read.issued) least += rows;
      if (write.issued < read.settled && fate(write) !== "none") most += rows;
    }
    const { entries } = read.value;
    if (entries < least)
      yield `stale: ${read.op} saw ${entries} entries where ${least} were acknowledged before it began`;
    if (entries > most) yield `too many: ${read.op} saw ${entries} entries where at most ${most} were asked for`;
  }
  // Nothing is ever deleted: of two reads one after the other, in whatever tabs, the second sees no less.
  const ordered = reads.toSorted((a, b) => a.settled - b.settled);
  let best;
  let next = 0;
  for (const read of reads.toSorted((a, b) => a.issued - b.issued)) {
    while (next < ordered.length && ordered[next].settled < read.issued) {
      if (!best || ordered[next].value.entries > best.value.entries) best = ordered[next];
      next++;
    }
    if (best && read.value.entries < best.value.entries)
      yield `back in time: ${read.op} saw ${read.value.entries} entries after ${best.op} had seen ${best.value.entries}`;
  }
}

function* errorsJudged(history) {
  for (const { op, kind, ok, code, message, gone } of history) {
    if (!ok && !gone && !EXCUSED.has(code)) yield `error: ${op} (${kind}) failed with ${code ?? "no code"}: ${message}`;
  }
}

/**
 * What is wrong with a history, as sentences. A call is `{op, kind, ok, code, outcome, message, value, issued, settled}`,
 * with `gone` if its page died under it; `issued` and `settled` are places in one order of events. `contents` is what
 * the database holds at the end.
 */
export function judge(history, contents) {
  const wrong = [...entriesJudged(history, contents.entries), ...readsJudged(history), ...errorsJudged(history)];
  if (contents.total !== TOTAL) wrong.push(`money: the accounts hold ${contents.total} at the end, not ${TOTAL}`);
  if (contents.integrity.join() !== "ok") wrong.push(`integrity_check: ${contents.integrity.slice(0, 5).join("; ")}`);
  return wrong;
}
