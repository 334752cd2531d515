import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** The sizes of a build's wasm and JavaScript, as they are and as they travel (gzip -9). */
export function sizes(folder) {
  const files = readdirSync(folder).filter((file) => /\.(wasm|m?js)$/.test(file));
  const shown = files.sort().map((file) => {
    const bytes = readFileSync(join(folder, file));
    return `${file} ${kilobytes(bytes.length)} (${kilobytes(gzipSync(bytes, { level: 9 }).length)} gzip)`;
  });
  return shown.join(", ");
}
