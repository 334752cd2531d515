// All figures of a run, kept beside the tables that show some of them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../../scripts/setup/paths.mjs";
import { machine } from "./machine.mjs";

const folder = join(root, "bench", "results");

/** Writes `figures` of a `kind` of measurement with their date and machine to a file of their own; returns what to print of it. */
export function keep(kind, figures) {
  const date = new Date().toISOString();
  const said = machine();
  const file = join(folder, `${date.slice(0, 19).replaceAll(":", "")}-${kind}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ date, machine: said, ...figures }, null, 2)}\n`);
  const { cpu, cores, workerd, node, rustc } = said;
  return `${cores} × ${cpu}, workerd ${workerd}, Node ${node}, ${rustc}; all figures: ${relative(root, file)}`;
}
