// Tables of values as one block of bytes; crates/sqlite/src/pack.rs describes the block.
import { DatabaseError } from "./error.js";

const [NULL, INTEGER, REAL, TEXT, BLOB, WIDE] = [0, 1, 2, 3, 4, 5];
const HEAD = 16;
// A byte order mark inside a text is the text's own.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const padded = (cells) => Math.ceil(cells / 8) * 8;

/** The values of a block, row after row. */
function cellsOf(block) {
  const [count, textBytes] = new Uint32Array(block, 0, 4);
  const numbers = HEAD + padded(count);
  const text = numbers + count * 8;
  const places = { kinds: HEAD, numbers, text, textBytes, blobs: text + textBytes };
  return cellsFrom(new Uint8Array(block), count, places);
}

/**
 * Values that lie in `bytes`, which begin where their buffer does. Of a text the number is its UTF-16 units: all are decoded at once and cut.
 * @param {Uint8Array} bytes
 * @param {number} count
 * @param {{ kinds: number, numbers: number, text: number, textBytes: number, blobs: number }} places  where each part begins
 */
export function cellsFrom(bytes, count, places) {
  const { kinds, textBytes } = places;
  const numbers = new Float64Array(bytes.buffer, places.numbers, count);
  const text = textBytes === 0 ? "" : decoder.decode(bytes.subarray(places.text, places.text + textBytes));
  let unit = 0;
  let byte = places.blobs;
  let wide;
  const cells = new Array(count);
  for (let at = 0; at < count; at++) {
    const number = numbers[at];
    switch (bytes[kinds + at]) {
      case NULL:
        cells[at] = null;
        break;
      case TEXT:
        cells[at] = text.slice(unit, unit + number);
        unit += number;
        break;
      case BLOB:
        cells[at] = bytes.slice(byte, byte + number);
        byte += number;
        break;
      case WIDE:
        wide ??= new BigInt64Array(bytes.buffer, places.numbers, count);
        cells[at] = wide[at];
        break;
      default:
        cells[at] = number;
    }
  }
  return cells;
}

/** The first row from a reply's cells, or undefined. */
export function firstOf(columns, cells) {
  const values = cells instanceof ArrayBuffer ? cellsOf(cells) : cells;
  if (values.length === 0) return undefined;
  const row = {};
  for (let column = 0; column < columns.length; column++) row[columns[column]] = values[column];
  return row;
}

/** Rows from a reply's cells, as objects by column name or as arrays. */
export function rowsOf(columns, cells, asArrays) {
  const values = cells instanceof ArrayBuffer ? cellsOf(cells) : cells;
  const width = columns.length;
  const rows = [];
  for (let at = 0; at < values.length; at += width) {
    if (asArrays) {
      rows.push(values.slice(at, at + width));
    } else {
      const row = {};
      for (let column = 0; column < width; column++) row[columns[column]] = values[at + column];
      rows.push(row);
    }
  }
  return rows;
}

/** A block of parameters, texts counted in bytes. All rows have to be as wide as the first. */
export function blockOf(rows) {
  const width = rows[0]?.length ?? 0;
  const count = rows.length * width;
  const kinds = new Uint8Array(count);
  const numbers = new Float64Array(count);
  const wide = new BigInt64Array(numbers.buffer);
  const texts = [];
  const textAt = [];
  const blobs = [];
  let blobBytes = 0;
  let at = 0;
  for (const row of rows) {
    if (row.length !== width) throw refused(`row ${at / width + 1} has ${row.length} values, the first has ${width}`);
    for (const value of row) {
      switch (typeof value) {
        case "number":
          if (Number.isNaN(value))
            throw refused(`row ${Math.floor(at / width) + 1} has NaN, for which SQL has only null`);
          kinds[at] = Number.isSafeInteger(value) ? INTEGER : REAL;
          numbers[at] = value;
          break;
        case "string":
          kinds[at] = TEXT;
          texts.push(value);
          textAt.push(at);
          break;
        case "boolean":
          kinds[at] = INTEGER;
          numbers[at] = value ? 1 : 0;
          break;
        case "bigint":
          if (BigInt.asIntN(64, value) !== value) throw refused(`${value} doesn't fit into 64 bits`);
          kinds[at] = WIDE;
          wide[at] = value;
          break;
        default: {
          if (value === null) break;
          const bytes = bytesOf(value);
          if (!bytes) throw refused(`row ${Math.floor(at / width) + 1} has a value without SQL type: ${typeof value}`);
          kinds[at] = BLOB;
          numbers[at] = bytes.length;
          blobs.push(bytes);
          blobBytes += bytes.length;
        }
      }
      at++;
    }
  }
  const text = encodeAll(texts, (index, length) => {
    numbers[textAt[index]] = length;
  });
  const numbersAt = HEAD + padded(count);
  const block = new Uint8Array(numbersAt + count * 8 + text.length + blobBytes);
  new Uint32Array(block.buffer, 0, 4).set([count, text.length, blobBytes, 0]);
  block.set(kinds, HEAD);
  block.set(new Uint8Array(numbers.buffer), numbersAt);
  block.set(text, numbersAt + count * 8);
  let to = numbersAt + count * 8 + text.length;
  for (const bytes of blobs) {
    block.set(bytes, to);
    to += bytes.length;
  }
  return block.buffer;
}

/** The texts one after the other in UTF-8; `tell` hears the bytes of each. */
function encodeAll(texts, tell) {
  const joined = texts.join("");
  const all = encoder.encode(joined);
  if (all.length === joined.length) {
    texts.forEach((text, index) => {
      tell(index, text.length);
    });
    return all;
  }
  // One by one: halves of a surrogate pair at a seam must not become a pair.
  const bytes = new Uint8Array(joined.length * 3);
  let to = 0;
  texts.forEach((text, index) => {
    const { written } = encoder.encodeInto(text, bytes.subarray(to));
    tell(index, written);
    to += written;
  });
  return bytes.subarray(0, to);
}

/** The bytes of a buffer or a view, or undefined. */
function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

const refused = (what) => new DatabaseError("parameter", what);

function parameter(value, which) {
  switch (typeof value) {
    case "number":
      if (Number.isNaN(value)) throw refused(`parameter ${which} is NaN, for which SQL has only null`);
      return value;
    case "string":
    case "boolean":
      return value;
    case "bigint":
      if (BigInt.asIntN(64, value) !== value) throw refused(`parameter ${which}: ${value} doesn't fit into 64 bits`);
      return value;
    default: {
      if (value === null) return null;
      const bytes = bytesOf(value);
      if (bytes) return bytes;
      const kind = value === undefined ? "undefined" : (value?.constructor?.name ?? typeof value);
      throw refused(
        `parameter ${which} is ${kind}: expected null, a number, bigint, string, boolean, Uint8Array or ArrayBuffer`,
      );
    }
  }
}

/** Parameters as they travel; a wrong one is refused before anything is sent. */
export function parametersOf(given) {
  if (given === undefined) return undefined;
  if (Array.isArray(given)) return given.map((value, index) => parameter(value, index + 1));
  if (given === null || typeof given !== "object")
    throw refused(`parameters are an array or an object by name, not ${given === null ? "null" : typeof given}`);
  const names = Object.keys(given);
  return { names, values: names.map((name) => parameter(given[name], name)) };
}
