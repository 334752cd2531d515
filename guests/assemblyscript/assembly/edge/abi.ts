// The canonical ABI, as far as the worlds of edge:runtime need it: https://github.com/WebAssembly/component-model, CanonicalABI.md.
// The guest is built with `--runtime stub`: memory is only ever taken, never given back, and the platform gives each call a fresh one.
import { error } from "./logging";

/** What the host calls to get memory for what it passes in. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  // Blocks of the runtime are aligned to 16 bytes, which is more than any type asks for.
  return old == 0 ? heap.alloc(size) : heap.realloc(old, size);
}

/** What the compiler calls where code throws or an assertion fails: the reason goes to the log, the call ends in a trap. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  error((message ? message : "aborted") + " (" + (file ? file : "?") + ":" + line.toString() + ":" + column.toString() + ")");
  unreachable();
}

/** The UTF-8 of a string; half a surrogate pair, which UTF-8 doesn't have, becomes U+FFFD. */
export function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** A string that the host has written. */
export function liftString(pointer: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(pointer, length);
}

/** Bytes that the host has written. */
export function liftBytes(pointer: usize, length: usize): Uint8Array {
  const bytes = new Uint8Array(<i32>length);
  memory.copy(bytes.dataStart, pointer, length);
  return bytes;
}

/** Writes pointer and length of a string to a place in memory. */
export function lowerString(at: usize, text: string): void {
  const bytes = utf8(text);
  store<usize>(at, changetype<usize>(bytes));
  store<usize>(at, bytes.byteLength, 4);
}

/** Writes pointer and length of bytes to a place in memory. */
export function lowerBytes(at: usize, bytes: Uint8Array): void {
  store<usize>(at, bytes.dataStart);
  store<usize>(at, bytes.byteLength, 4);
}
