// The size of the Worker's wasm, as it is and as it travels.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes of all wasm in a folder, raw and as `gzip -9` makes them. */
export function wasmSize(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".wasm"));
  const bytes = files.map((file) => readFileSync(join(folder, file)));
  const sum = (lengths) => lengths.reduce((total, length) => total + length, 0);
  return {
    raw: sum(bytes.map((file) => file.length)),
    gzip: sum(bytes.map((file) => gzipSync(file, { level: 9 }).length)),
  };
}
