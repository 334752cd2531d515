import { invalid } from "../failure.js";
import { describe } from "../types/describe.js";

const PIECE = 0x6000;

/** Base64 (RFC 4648, section 4) of some bytes. */
function encode(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return text;
}

/** The bytes of a base64 text; undefined if it is none. */
function decode(text) {
  // What hosts take beyond it differs: white space, missing padding.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** `list<u8>`: base64, as which it is also written, or an array of numbers. */
export const bytes = {
  read(json) {
    if (Array.isArray(json)) return json;
    const found = typeof json === "string" ? decode(json) : undefined;
    if (found) return found;
    const what = typeof json === "string" ? `${describe(json)}, which is not base64` : describe(json);
    throw invalid(`expected list<u8>, base64 with padding or an array of numbers, got ${what}`);
  },
  write: encode,
};
