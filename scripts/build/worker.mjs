import { Report } from "../setup/report.mjs";
import { buildGlue } from "./glue.mjs";
import { buildPrepare } from "./prepare.mjs";
import { build } from "./wasm.mjs";

/**
 * Builds everything that the Worker consists of: its wasm, and what it loads other isolates with.
 * @param {{ features?: string, out?: string, quick?: boolean, report?: Report }} [options]
 */
export async function buildWorker({ report = new Report(), ...options } = {}) {
  await buildGlue(report);
  await buildPrepare(report);
  await build({ ...options, report });
  await buildPlatform({ quick: options.quick, report });
}

/**
 * Builds the Worker's second module.
 * @param {{ quick?: boolean, report?: Report }} options
 */
export async function buildPlatform({ quick, report }) {
  await build({ package: "platform", profile: "platform", quick, report });
}
