import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Children } from "../process/children.mjs";
import { watchParent } from "../process/parent.mjs";
import { plain, tail } from "../setup/exec.mjs";
import { seconds } from "../setup/report.mjs";
import { lanes } from "./checks.mjs";

// A registry that never answers must not hold up the rest.
const reachLimit = 60000;
const { audit: strict, only } = options();
const children = new Children();
const stop = async (code) => {
  await children.stop();
  process.exit(code);
};
process.on("SIGINT", () => stop(130));
process.on("SIGTERM", () => stop(143));
watchParent(() => stop(1));

function options() {
  try {
    return parseArgs({ options: { audit: { type: "boolean", default: false }, only: { type: "string", default: "" } } })
      .values;
  } catch (error) {
    console.error(`${error.message}

npm run check -- [--audit] [--only TEXT]

  --audit      what advisories say, and that they can be reached, decides too
  --only TEXT  the checks that have TEXT in their names`);
    process.exit(2);
  }
}

const totals = { passed: 0, failed: 0 };
const unchecked = [];

function say(mark, check, text) {
  console.log(`  ${mark} ${check.name.padEnd(26)} ${text}`);
}

function run(check, [command, ...args], limit = 20 * 60000) {
  const name = `check-${check.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  return children.run(name, command, args, { env: { CARGO_TERM_COLOR: "never", NO_COLOR: "1" }, limit });
}

function notChecked(check) {
  unchecked.push(check.name);
  // Whoever asks for the audit must not take silence for an answer.
  if (strict) totals.failed += 1;
  say(strict ? "✗" : "!", check, "NOT CHECKED: their database can't be reached from here");
}

async function runCheck(check) {
  const began = Date.now();
  if (check.reaches && (await run(check, check.reaches, reachLimit)).code !== 0) return notChecked(check);
  const { code, how, log } = await run(check, check.command, check.verdict ? reachLimit : undefined);
  if (check.verdict && !check.verdict.test(plain(readFileSync(log, "utf8")))) return notChecked(check);
  const time = seconds(Date.now() - began);
  const advice = check.advice && !strict;
  if (code === 0) {
    totals.passed += 1;
    return say("✓", check, time);
  }
  if (!advice) totals.failed += 1;
  say(advice ? "!" : "✗", check, advice ? `findings, which don't fail this run (${time})` : `${how} (${time})`);
  for (const line of tail(log, 60)) console.log(`    │ ${line}`);
  console.log(`    The whole output is in ${log}\n    To mend it: ${check.fix}`);
}

await Promise.all(
  lanes.map(async (lane) => {
    for (const check of lane) if (check.name.includes(only)) await runCheck(check);
  }),
);
await children.stop();
if (unchecked.length > 0) console.log(`\nNot checked here: ${unchecked.join(", ")}.`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
