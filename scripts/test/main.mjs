import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { layers } from "../layers.mjs";
import { Children } from "../process/children.mjs";
import { watchParent } from "../process/parent.mjs";
import { plain, tail } from "../setup/exec.mjs";
import { tools } from "../setup/paths.mjs";
import { Report, seconds } from "../setup/report.mjs";
import { chromePath, chromium, driverPath } from "../setup/steps/chromium.mjs";
import { countTests, failedTests, pageWasSilent } from "./counts.mjs";
import { table } from "./table.mjs";

const names = layers.map((layer) => layer.name);
const usage = `npm test -- [--only NAME,NAME] [--verbose]

Layers: ${layers.map((layer) => `\n  ${layer.name.padEnd(10)} ${layer.proves}`).join("")}
`;

const children = new Children();
const stop = async (code) => {
  await children.stop();
  process.exit(code);
};
process.on("SIGINT", () => stop(130));
process.on("SIGTERM", () => stop(143));
process.on("SIGHUP", () => stop(129));
watchParent(() => stop(1));

const report = new Report(process.stdout);
// What the layers' commands need to know: the browser, wasm-bindgen's runner; no colours in what is counted, no
// chatter from wrangler.
const env = {
  CHROME: chromePath(),
  CHROMEDRIVER: driverPath(),
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: join(tools, "cargo", "bin", "wasm-bindgen-test-runner"),
  CARGO_TERM_COLOR: "never",
  NO_COLOR: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
};

/** Reads the command line; ends with the usage where it makes no sense. */
function options() {
  try {
    const { values } = parseArgs({
      options: { only: { type: "string" }, verbose: { type: "boolean" }, help: { type: "boolean" } },
    });
    const only = values.only?.split(",") ?? names;
    const unknown = only.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`There is no layer ${unknown.join(", ")}; there are ${names.join(", ")}.`);
    return { ...values, only };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The layers to run: those asked for and those that they need. */
function chosen(only) {
  const wanted = new Set(only);
  for (const layer of layers) if (wanted.has(layer.name)) for (const need of layer.needs ?? []) wanted.add(need);
  return layers.filter((layer) => wanted.has(layer.name));
}

/** Runs a layer's command and counts its tests. */
async function attempt(layer, onLine) {
  const [command, ...args] = layer.command;
  const limit = (layer.minutes ?? 15) * 60000;
  const program = command === "node" ? process.execPath : command;
  const { code, how, log } = await children.run(`test-${layer.name}`, program, args, {
    env: { ...env, ...layer.env },
    onLine,
    limit,
  });
  const output = plain(readFileSync(log, "utf8"));
  return { log, output, how, counts: countTests(layer.counts, output, code) };
}

async function runLayer(layer, verbose) {
  report.begin(layer.name);
  const began = Date.now();
  const onLine = (line) => {
    if (verbose) report.line(`    │ ${line}`);
    else if (line.trim()) report.progress(plain(line).trim().slice(0, 80));
  };
  let tried = await attempt(layer, onLine);
  if (tried.counts.failed > 0 && pageWasSilent(tried.output)) {
    report.line(`  ! ${layer.name}: the page in the browser said nothing for as long as it may, of no test; once more`);
    tried = await attempt(layer, onLine);
  }
  const { log, output, how, counts } = tried;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  const summary = `${counts.passed} passed, ${counts.failed} failed${skipped}`;
  report.end(counts.failed === 0 ? "✓" : "✗", `${summary.padEnd(26)} ${seconds(Date.now() - began)}`);
  // What could not be checked is said even where all that could be is well.
  for (const [line] of output.matchAll(/^ {2}! .*/gm)) report.line(`  ${line}`);
  if (counts.failed > 0) explain(layer, log, verbose, counts.note || `it ${how}`);
  const broken = counts.failed > 0 ? failedTests(layer.counts, output) : [];
  return { name: layer.name, ...counts, broken, time: seconds(Date.now() - began) };
}

function explain(layer, log, verbose, why) {
  if (!verbose) for (const line of tail(log, 120)) report.line(`    │ ${line}`);
  report.line(`    Broken is: ${layer.proves}. Why: ${why}.`);
  report.line(`    The whole output is in ${log}`);
  report.line(`    To run only this: npm test -- --only ${layer.name}    (${layer.command.join(" ")})`);
}

/** Why a layer can't be run, or undefined. */
function whyNot(layer, rows) {
  if (layer.browser && !(env.CHROME && env.CHROMEDRIVER)) return chromium.remedy;
  const broken = (layer.needs ?? []).find((need) => rows.some((row) => row.name === need && row.failed > 0));
  return broken && `${broken} failed`;
}

async function main() {
  const { only, verbose, help } = options();
  if (help) return console.log(usage);
  const rows = [];
  for (const layer of chosen(only)) {
    const reason = whyNot(layer, rows);
    if (reason) {
      report.line(`  ✗ ${layer.name.padEnd(34)} not run: ${reason}`);
      rows.push({ name: layer.name, passed: 0, failed: 1, skipped: 0, broken: [], time: "-" });
    } else {
      rows.push(await runLayer(layer, verbose));
    }
  }
  await children.stop();
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  report.line(`\n${table(rows)}\n`);
  // Said once more where the eye is at the end.
  for (const { name, broken } of rows) for (const test of broken) report.line(`✗ ${name}: ${test}`);
  report.line(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
}

await main();
