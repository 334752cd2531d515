// The part of the bench that measures metering: prints tables and writes all figures.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../../scripts/setup/paths.mjs";
import { machine } from "../harness/machine.mjs";
import { measureMetering } from "./measure.mjs";
import { meteringTables } from "./table.mjs";

/** Measures, prints, and writes `bench/results/…-metering.json`. Resolves to 0. */
export async function benchMetering({ rounds, quick, report, print = console.log }) {
  const measured = await measureMetering({ rounds, quick, report });
  const date = new Date().toISOString();
  const folder = join(root, "bench", "results");
  const file = join(folder, `${date.slice(0, 19).replaceAll(":", "")}-metering.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ date, quick, rounds, machine: machine(), ...measured }, null, 2)}\n`);
  print(`${meteringTables(measured)}\n\nall figures: ${relative(root, file)}`);
  return 0;
}
