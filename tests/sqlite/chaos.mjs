// node tests/sqlite/chaos.mjs --seed N --steps M: plays what a seed makes happen to 2 to 8 tabs; see docs/sqlite.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../scripts/setup/paths.mjs";
import { run } from "./chaos/run.mjs";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    steps: { type: "string", default: "3000" },
    port: { type: "string", default: "0" },
    verbose: { type: "boolean", default: false },
  },
});
const [seed, steps, port] = ["seed", "steps", "port"].map((name) => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0) {
    console.error(`--${name}: expected a whole number, got ${values[name]}`);
    process.exit(2);
  }
  return value;
});

console.log(`seed ${seed}, ${steps} steps`);
const started = Date.now();
const report = values.verbose ? (step) => console.log(JSON.stringify(step)) : undefined;
const { wrong, history, tally, faults, epoch } = await run({ seed, steps, port, report });
console.log(`${((Date.now() - started) / 1000).toFixed(1)} s, ${epoch} leaders`);
console.log("calls", tally);
console.log("faults", faults);
if (wrong.length > 0) {
  const folder = join(root, "build", "chaos");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${seed}-${steps}.json`);
  writeFileSync(file, history.map((call) => JSON.stringify(call)).join("\n"));
  for (const line of wrong.slice(0, 40)) console.error(line);
  console.error(
    `${wrong.length} wrong; the history is in ${file}\nagain: node tests/sqlite/chaos.mjs --seed ${seed} --steps ${steps}`,
  );
  process.exitCode = 1;
}
