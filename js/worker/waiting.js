// Rows that wait to be written. They are text, of no request's context, and kept here because they must outlive the instance that made them.

// What they may have in all, in characters, which are bytes in text like theirs: everything in an isolate has to do with 128 MB.
const MOST_HELD = 16_000_000;
// The database takes values of up to 2 MB.
const MOST_TAKEN = 1_000_000;

/** @type {string[]} */
let rows = [];
let held = 0;

/** Drops the earliest rows until the others have room; whether none was dropped. */
function fits() {
  let lost = 0;
  while (held > MOST_HELD) held -= rows[lost++].length;
  if (lost > 0) rows = rows.slice(lost);
  return lost === 0;
}

/** Keeps a row; whether all that waited before still do. */
export function keepRow(row) {
  rows.push(row);
  held += row.length;
  return fits();
}

/** The earliest rows as the text of an array, or undefined if there are none. */
export function takeRows() {
  let length = 0;
  let count = 0;
  while (count < rows.length && (count === 0 || length + rows[count].length <= MOST_TAKEN)) {
    length += rows[count++].length;
  }
  if (count === 0) return undefined;
  const taken = rows.slice(0, count);
  rows = rows.slice(count);
  held -= length;
  return `[${taken}]`;
}

/** Keeps what `takeRows` gave, before all others, to be taken as one; whether there was room for it. */
export function giveRowsBack(taken) {
  const row = taken.slice(1, -1);
  rows.unshift(row);
  held += row.length;
  return fits();
}
