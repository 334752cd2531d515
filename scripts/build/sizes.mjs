import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const kilobytes = ({ length }) => `${(length / 1024).toFixed(1)} KiB`;

/** How large bytes are, as they are and as they travel (gzip -9). */
export function size(bytes) {
  return `${kilobytes(bytes)} (${kilobytes(gzipSync(bytes, { level: 9 }))} gzip)`;
}

/** The sizes of a build's wasm and JavaScript. */
export function sizes(folder) {
  const files = readdirSync(folder).filter((file) => /\.(wasm|m?js)$/.test(file));
  return files
    .sort()
    .map((file) => `${file} ${size(readFileSync(join(folder, file)))}`)
    .join(", ");
}
