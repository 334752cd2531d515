// Rows that wait to be written. They are text, of no request's context, and kept here because they must outlive the instance that made them.

const MOST_ROWS = 10_000;
// The database takes values of up to 2 MB.
const MOST_CHARACTERS = 1_000_000;

/** @type {string[]} */
let rows = [];

export function keepRow(row) {
  rows.push(row);
  if (rows.length <= MOST_ROWS) return true;
  rows.shift();
  return false;
}

/** The earliest rows as the text of an array, or undefined if there are none. */
export function takeRows() {
  let length = 0;
  let count = 0;
  while (count < rows.length && (count === 0 || length + rows[count].length <= MOST_CHARACTERS)) {
    length += rows[count++].length;
  }
  if (count === 0) return undefined;
  const taken = rows.slice(0, count);
  rows = rows.slice(count);
  return `[${taken}]`;
}

/** Keeps what `takeRows` gave, before all others, to be taken as one. */
export function giveRowsBack(taken) {
  rows.unshift(taken.slice(1, -1));
}
