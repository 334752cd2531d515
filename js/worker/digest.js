import { drain } from "./pass.js";

/** Bytes in hexadecimal. */
export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The SHA-256 of bytes, in hexadecimal. */
export async function sha256(bytes) {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** The SHA-256 of what `source` gives, in hexadecimal, and how many bytes those are; none of them is kept. An error once nothing comes for `idleMs`. */
export async function digestOf(source, idleMs) {
  const stream = new crypto.DigestStream("SHA-256");
  drain(source, stream, idleMs);
  return { sha256: hex(await stream.digest), size: Number(stream.bytesWritten) };
}
