// Who is measured.
import { join } from "node:path";
import { root } from "../../scripts/setup/paths.mjs";

/**
 * @typedef {object} Contender
 * @property {string} name as in the table
 * @property {string} entry the module with the Worker's handlers
 * @property {string} [crate] the crate that is compiled for it
 * @property {Record<string, string>} [vars] further variables of its Worker
 */

const folder = (name) => join(root, "bench", "contenders", name, "worker.mjs");

/** The contenders, ours last. @type {Contender[]} */
export const contenders = [
  { name: "raw JS", entry: folder("raw") },
  { name: "Hono", entry: folder("hono") },
  { name: "workers-rs", entry: folder("workers-rs"), crate: "bench-workers-rs" },
  // No access log: nobody else writes one.
  { name: "Hashi", entry: folder("hashi"), crate: "bench-hashi", vars: { LOG_LEVEL: "error", CACHE: "off" } },
];

/** Where the crate of a contender is built to, below the root. */
export function crateFolder(crate) {
  return join("build", crate);
}
