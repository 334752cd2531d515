// npm run bench: builds what is measured, then measures it.
import { parseArgs } from "node:util";
import { buildSqlite } from "../scripts/build/sqlite.mjs";
import { build } from "../scripts/build/wasm.mjs";
import { buildWorker } from "../scripts/build/worker.mjs";
import { SetupError, tail } from "../scripts/setup/exec.mjs";
import { contenders, crateFolder } from "./harness/contenders.mjs";
import { routes } from "./harness/routes.mjs";
import { benchExecutor } from "./executor/run.mjs";
import { benchMetering } from "./metering/run.mjs";
import { benchPrepare } from "./prepare/run.mjs";
import { bench } from "./run.mjs";
import { benchSqlite } from "./sqlite/run.mjs";
import { benchStores } from "./stores/run.mjs";

// Not routes: each is measured in a way of its own.
const EXECUTOR = "executor";
const METERING = "metering";
const PREPARE = "prepare";
const STORES = "stores";
const DATABASE = "sqlite";
const APART = [EXECUTOR, METERING, PREPARE, STORES, DATABASE];
const names = [...routes.map((route) => route.name), ...APART];

const usage = `npm run bench -- [options]

CPU per request of the same routes on raw JS, Hono, workers-rs and Hashi in the same workerd (bench/README.md), then the
browser database against its peers in one page of Chromium (bench/sqlite/README.md).

  --rounds N   rounds with fresh processes (default 5)
  --only LIST  some alone: ${names.join(", ")};
               executor is calls of a guest, metering what metering guests costs, prepare what an upload takes,
               stores a warm call with each store, sqlite the browser database
  --quick      one tiny round that says nothing about speed: does the harness work, and do the contenders agree?
`;

function options() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const number = (name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name}: expected a whole number from 1, got ${values[name]}`);
    return value;
  };
  const only = values.only?.split(",");
  for (const name of only ?? []) {
    if (!names.includes(name)) throw new Error(`--only: ${name} is not measured; there are ${names.join(", ")}`);
  }
  return { ...values, only, rounds: number("rounds") };
}

/** One line that is rewritten on a terminal; elsewhere the kinds of work alone. */
function reporter() {
  if (process.stderr.isTTY) return (text) => process.stderr.write(`\r\u001b[K${text}`);
  let last;
  return (text) => {
    const kind = text.split(",")[0];
    if (kind !== last) process.stderr.write(`${kind}\n`);
    last = kind;
  };
}

async function requests(options) {
  const quick = process.env.HASHI_QUICK === "1";
  await buildWorker({ quick });
  for (const { crate } of contenders) if (crate) await build({ package: crate, out: crateFolder(crate), quick });
  return bench(options);
}

async function executor(options) {
  await buildWorker({ quick: process.env.HASHI_QUICK === "1" });
  return benchExecutor(options);
}

async function stores(options) {
  await buildWorker({ quick: process.env.HASHI_QUICK === "1" });
  return benchStores(options);
}

async function databases({ rounds, quick, report }) {
  await buildSqlite();
  return benchSqlite({ rounds, quick, report });
}

let given;
try {
  given = options();
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exit(2);
}
if (given.help) {
  console.log(usage);
} else {
  try {
    const report = reporter();
    const chosen = given.only?.filter((name) => !APART.includes(name));
    const wanted = (name) => given.only === undefined || given.only.includes(name);
    const parts = [
      [chosen?.length !== 0, () => requests({ ...given, only: chosen, report })],
      [wanted(EXECUTOR), () => executor({ ...given, report })],
      [wanted(METERING), () => benchMetering({ ...given, report })],
      [wanted(PREPARE), () => benchPrepare({ ...given, report })],
      [wanted(STORES), () => stores({ ...given, report })],
      [wanted(DATABASE), () => databases({ ...given, report })],
    ];
    // Each runs whatever the others found.
    let code = 0;
    for (const [asked, run] of parts) if (asked) code = (await run()) || code;
    process.exitCode = code;
    if (process.stderr.isTTY) report("");
  } catch (error) {
    if (error instanceof SetupError && error.log && !error.printed)
      for (const line of tail(error.log)) console.error(line);
    console.error(`bench: ${error instanceof SetupError ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}
