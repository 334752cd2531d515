// Rows that wait to be written. They are text, of no request's context, and kept here because they must outlive the instance that made them.

// What they may have in all, in characters, which are bytes in text like theirs: everything in an isolate has to do with 128 MB.
const MOST_HELD = 16_000_000;
// The database takes values of up to 2 MB.
const MOST_TAKEN = 1_000_000;

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** @type {string[]} */
let rows = [];
let held = 0;
/** What was taken and is on its way. */
const underWay = new Set();

/** Drops the earliest rows until the others have room; whether none was dropped. */
function fits() {
  let lost = 0;
  while (held > MOST_HELD) held -= rows[lost++].length;
  if (lost > 0) rows = rows.slice(lost);
  return lost === 0;
}

/**
 * Keeps a row; whether all that waited before still do. `of` is undefined, or a text in which the JSON of the row's member `result` stands, between so many
 * characters `before` it and `after` it.
 */
export function keepRow(row, of, before, after) {
  const whole = of === undefined ? row : withResult(row, of.slice(before, of.length - after));
  rows.push(whole);
  held += whole.length;
  return fits();
}

// An escape of what Postgres can't keep; any other, which is passed over as a whole; what is more than one byte in UTF-8.
const OTHERWISE = /\\(?:u0000|ud[89a-f]..|.)|[\u0080-\uffff]/g;

function withResult(row, text) {
  // Through bytes, so that the large text, of which it is a part, isn't held with it.
  const own = decoder.decode(encoder.encode(text));
  return `${row.slice(0, -1)},"result":${own.replace(OTHERWISE, inAscii)}}`;
}

function inAscii(found) {
  if (found.charCodeAt(0) > 0x7f) return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return found.length > 2 ? "\\ufffd" : found;
}

/** The earliest rows, to be written or given back; undefined if there are none. @returns {{ text: string } | undefined} `text` is that of an array */
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
  const batch = { text: `[${taken}]` };
  underWay.add(batch);
  return batch;
}

/** Forgets what `takeRows` gave. */
export function rowsWritten(batch) {
  underWay.delete(batch);
}

/** Keeps what `takeRows` gave, before all others, to be taken as one; whether there was room for it. */
export function giveRowsBack(batch) {
  if (!underWay.delete(batch)) return true;
  const row = batch.text.slice(1, -1);
  rows.unshift(row);
  held += row.length;
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
