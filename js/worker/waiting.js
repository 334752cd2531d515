// Rows that wait to be written. They are text, of no request's context, and kept here because they must outlive the instance that made them.

// What they may have in all, in characters, which are bytes in text like theirs: everything in an isolate has to do with 128 MB.
const MOST_HELD = 16_000_000;
// The database takes values of up to 2 MB.
const MOST_TAKEN = 1_000_000;

const decoder = new TextDecoder();

/** @type {string[]} */
let rows = [];
let held = 0;
/** What each function's rows have of it, in characters; counted since there was too much, until nothing waits. @type {Map<string, number> | undefined} */
let heldBy;
/** What was taken and is on its way. */
const underWay = new Set();

/** The function of a row: its second element. */
function functionOf(row) {
  return row.split('"', 4)[3];
}

/** Counts rows that come, or with -1 that go. */
function count(some, sign = 1) {
  for (const row of some) {
    held += sign * row.length;
    if (heldBy === undefined) continue;
    const whose = functionOf(row);
    heldBy.set(whose, (heldBy.get(whose) ?? 0) + sign * row.length);
  }
  if (rows.length === 0) heldBy = undefined;
}

/** Drops the earliest rows of whichever function has the most until the others have room, so that none loses its own by another's; whether none was dropped. */
function fits() {
  if (held <= MOST_HELD) return true;
  if (heldBy === undefined) {
    heldBy = new Map();
    held = 0;
    count(rows);
  }
  while (held > MOST_HELD) {
    const [whose] = [...heldBy].reduce((most, other) => (other[1] > most[1] ? other : most));
    count(
      rows.splice(
        rows.findIndex((row) => functionOf(row) === whose),
        1,
      ),
      -1,
    );
  }
  return false;
}

/** What one instance, and those that take its place, do with rows whose end is still to come. */
export function createBegun() {
  /** What each row begins with, by its number: the JSON text of an array. @type {Map<number, string>} */
  const begun = new Map();
  /** When the instance died in which a row had begun. @type {Map<number, number>} */
  const dead = new Map();
  let last = 0;

  /** Begins a row; its number. */
  function beginRow(beginning) {
    begun.set(++last, beginning);
    return last;
  }

  /**
   * Ends a row with more elements and keeps it; whether all that waited before still do. `of` is undefined, or the bytes in which the JSON of its very last
   * element stands, between so many `before` it and `after` it.
   */
  function endRow(number, ending, of, before, after) {
    const beginning = begun.get(number);
    if (!begun.delete(number)) return true;
    const row = `${beginning.slice(0, -1)},${ending.slice(1)}`;
    return keepRow(of === undefined ? row : withResult(row, of.subarray(before, of.length - after)));
  }

  /** The rows that had begun when an instance died, to be ended by the one that asks: JSON of their numbers, when that was, and their beginnings. */
  function takeDead() {
    if (dead.size === 0) return undefined;
    const taken = [...dead].filter(([number]) => begun.has(number));
    dead.clear();
    return `[${taken.map(([number, ms]) => `[${number},${ms},${begun.get(number)}]`)}]`;
  }

  /** The instance died: nobody ends what it began, unless the next one does. */
  function died() {
    const now = Date.now();
    for (const number of begun.keys()) if (!dead.has(number)) dead.set(number, now);
  }

  return { beginRow, endRow, takeDead, died };
}

function keepRow(row) {
  rows.push(row);
  count([row]);
  return fits();
}

// An escape of what Postgres can't keep; any other, which is passed over as a whole; what is more than one byte in UTF-8.
const OTHERWISE = /\\(?:u0000|ud[89a-f]..|.)|[\u0080-\uffff]/g;

function withResult(row, bytes) {
  return `${row.slice(0, -1)},${decoder.decode(bytes).replace(OTHERWISE, inAscii)}]`;
}

function inAscii(found) {
  if (found.charCodeAt(0) > 0x7f) return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return found.length > 2 ? "\\ufffd" : found;
}

/** The earliest rows, to be written or given back; undefined if there are none. @returns {{ text: string, taken: string[] } | undefined} `text` is that of an array */
export function takeRows() {
  let length = 0;
  let most = 0;
  while (most < rows.length && (most === 0 || length + rows[most].length <= MOST_TAKEN)) length += rows[most++].length;
  if (most === 0) return undefined;
  const taken = rows.slice(0, most);
  rows = rows.slice(most);
  count(taken, -1);
  const batch = { text: `[${taken}]`, taken };
  underWay.add(batch);
  return batch;
}

/** Forgets what `takeRows` gave. */
export function rowsWritten(batch) {
  underWay.delete(batch);
}

/** Keeps what `takeRows` gave, before all others; whether there was room for it. */
export function giveRowsBack(batch) {
  if (!underWay.delete(batch)) return true;
  rows = batch.taken.concat(rows);
  count(batch.taken);
  return fits();
}

/**
 * Keeps again whatever is on its way: nobody hears any more whether it arrived, and rows that did are the same when they come again. Whether there was room
 * for all of it.
 */
export function giveAllBack() {
  let fitted = true;
  for (const batch of underWay) fitted = giveRowsBack(batch) && fitted;
  return fitted;
}
