import { trap } from "./failure.js";

const WIDE = 0x80000000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * A function that recodes a string from the memory of one part of a composed component to that of another. The adapter that calls it has
 * checked bounds and alignment.
 *
 * @param {import("./guest.js").Guest} guest
 * @param {{ operation: string, from: [number, string], to: [number, string] }} plan
 */
export function transcoder(guest, { operation, from, to }) {
  const recode = operations[operation];
  return (...args) => {
    const source = guest.at(from).buffer;
    const target = guest.at(to).buffer;
    const units = args[1] >>> 0;
    guest.charge(units * 2);
    guest.pay();
    try {
      return recode(source, target, ...args.map((arg) => arg >>> 0));
    } catch (error) {
      return guest.fail(
        error instanceof TypeError ? trap("invalid_value", "a string in another encoding than its own") : error,
      );
    }
  };
}

const bytes = (buffer, at, length) => new Uint8Array(buffer, at, length);
const units = (buffer, at, length) => new Uint16Array(buffer, at, length);
const readUtf8 = (buffer, at, length) => utf8.decode(bytes(buffer, at, length));
const readUtf16 = (buffer, at, length) => utf16.decode(bytes(buffer, at, length * 2));

function write(into, text) {
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
  return text.length;
}

/**
 * Writes Latin-1 as UTF-8 as far as there is room: how many bytes of each. Without a string in between: TextDecoder's "latin1" is Windows-1252, and
 * a string put together by the byte takes 37 bytes of the host's for each.
 */
function widen(narrow, into) {
  let written = 0;
  for (let read = 0; read < narrow.length; read++) {
    const byte = narrow[read];
    if (written + (byte < 0x80 ? 1 : 2) > into.length) return [read, written];
    if (byte < 0x80) into[written++] = byte;
    else {
      into[written++] = 0xc0 | (byte >> 6);
      into[written++] = 0x80 | (byte & 0x3f);
    }
  }
  return [narrow.length, written];
}

/** How many of `text`'s first code units are Latin-1. */
function latin1Prefix(text) {
  let length = 0;
  while (length < text.length && text.charCodeAt(length) <= 0xff) length++;
  return length;
}

/** What the target holds as Latin-1 so far, made UTF-16 in its place, then the rest of the string. */
function inflate(target, to, sofar, rest) {
  const narrow = bytes(target, to, sofar).slice();
  const wide = units(target, to, sofar + rest.length);
  wide.set(narrow);
  return write(wide.subarray(sofar), rest) + sofar;
}

// Arguments and results: the transcode functions of wasmtime-environ's `fact`.
const operations = {
  "copy-utf8": (source, target, from, length, to) => {
    readUtf8(source, from, length);
    bytes(target, to, length).set(bytes(source, from, length));
  },
  "copy-utf16": (source, target, from, length, to) => {
    readUtf16(source, from, length);
    units(target, to, length).set(units(source, from, length));
  },
  "copy-latin1": (source, target, from, length, to) => {
    bytes(target, to, length).set(bytes(source, from, length));
  },
  "latin1-to-utf16": (source, target, from, length, to) => {
    units(target, to, length).set(bytes(source, from, length));
  },
  "utf8-to-utf16": (source, target, from, length, to) => {
    const text = readUtf8(source, from, length);
    return write(units(target, to, text.length), text);
  },
  "utf16-to-utf8": (source, target, from, length, to, room) => {
    const { read, written } = encoder.encodeInto(readUtf16(source, from, length), bytes(target, to, room));
    return [read, written];
  },
  "latin1-to-utf8": (source, target, from, length, to, room) =>
    widen(bytes(source, from, length), bytes(target, to, room)),
  "utf8-to-latin1": (source, target, from, length, to) => {
    const text = readUtf8(source, from, length);
    const prefix = latin1Prefix(text);
    write(bytes(target, to, prefix), text.slice(0, prefix));
    return [encoder.encode(text.slice(0, prefix)).length, prefix];
  },
  "utf16-to-latin1": (source, target, from, length, to) => {
    const text = readUtf16(source, from, length);
    const prefix = latin1Prefix(text);
    write(bytes(target, to, prefix), text.slice(0, prefix));
    return [prefix, prefix];
  },
  "utf8-to-compact-utf16": (source, target, from, length, to, _room, sofar) =>
    inflate(target, to, sofar, readUtf8(source, from, length)),
  "utf16-to-compact-utf16": (source, target, from, length, to, _room, sofar) =>
    inflate(target, to, sofar, readUtf16(source, from, length)),
  "utf16-to-compact-probably-utf16": (source, target, from, length, to) => {
    const text = readUtf16(source, from, length);
    if (latin1Prefix(text) === text.length) {
      write(bytes(target, to, text.length), text);
      return text.length;
    }
    write(units(target, to, text.length), text);
    return (text.length | WIDE) >>> 0;
  },
};
