// The part of the bench that measures metering: prints tables and writes all figures.
import { keep } from "../harness/results.mjs";
import { measureMetering } from "./measure.mjs";
import { meteringTables } from "./table.mjs";

/** Measures, prints and keeps; resolves to 0. */
export async function benchMetering({ rounds, quick, report, print = console.log }) {
  const measured = await measureMetering({ rounds, quick, report });
  print(`\n${meteringTables(measured)}\n\n${keep("metering", { quick, rounds, ...measured })}`);
  return 0;
}
