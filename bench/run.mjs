// The bench proper: builds are done, nothing is compiled from here on.
import { fork } from "node:child_process";
import { join } from "node:path";
import { root } from "../scripts/setup/paths.mjs";
import { disagreements } from "./harness/agree.mjs";
import { bundle } from "./harness/bundle.mjs";
import { contenders, crateFolder } from "./harness/contenders.mjs";
import { startLoad } from "./harness/load.mjs";
import { verdict } from "./harness/markdown.mjs";
import { measureHttp } from "./harness/measure-http.mjs";
import { measureLoop } from "./harness/measure-loop.mjs";
import { measureMemory, measureStart } from "./harness/measure-start.mjs";
import { keep } from "./harness/results.mjs";
import { routes as allRoutes } from "./harness/routes.mjs";
import { startAll, stopServers } from "./harness/servers.mjs";
import { spread } from "./harness/statistics.mjs";
import { cpuTable, footprintTable, loadTable } from "./harness/table.mjs";
import { judge } from "./harness/verdict.mjs";
import { wasmSize } from "./harness/wasm-size.mjs";
import { stopAll } from "./harness/workerd.mjs";

const ours = "Hashi";

async function startUpstream() {
  const child = fork(join(import.meta.dirname, "harness", "upstream.mjs"));
  const port = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the upstream ended with ${code}`)));
  });
  return { child, url: `http://127.0.0.1:${port}` };
}

async function bundles(looped) {
  const made = new Map();
  for (const contender of contenders) made.set(contender.name, await bundle(contender, looped));
  return made;
}

/** An amount in slices of `each` calls; `quick`: a few, in one slice. */
function amounts({ warm, measured }, each, quick) {
  return quick ? { slices: 1, each: Math.ceil(each / 50), warm: warm / 100 } : { slices: measured / each, each, warm };
}

/** Rounds of one kind of measurement: fresh processes each, in an order that is reversed each round. */
async function rounds(kind, { count, made, vars, routes, measure, report }) {
  const measured = routes.map((route) => ({ route, rounds: [] }));
  for (let round = 0; round < count; round++) {
    const servers = await startAll(round % 2 === 0 ? contenders : contenders.toReversed(), made, vars);
    for (const entry of measured) {
      report(`${kind}: round ${round + 1} of ${count}, ${entry.route.name}`);
      entry.rounds.push(await measure(servers, entry.route));
    }
    await stopServers(servers);
  }
  for (const entry of measured) entry.targets = judge(entry.route, entry.rounds, ours);
  return measured;
}

async function footprint({ count, made, vars, routes, load, scale, report }) {
  const starts = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < count; round++) {
    report(`start-up: round ${round + 1} of ${count}`);
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const own = { ...vars, ...contender.vars };
      starts.get(contender.name).push(await measureStart(made.get(contender.name), own));
    }
  }
  const base = spread(starts.get("raw JS")).median;
  const found = [];
  for (const { name, crate, vars: own } of contenders) {
    report(`memory: ${name}`);
    const plan = { count: Math.ceil(10_000 * scale), panics: name === ours ? Math.ceil(500 * scale) : 0 };
    const memory = await measureMemory(made.get(name), { ...vars, ...own }, load, routes, plan);
    const start = spread(starts.get(name));
    if (name !== "raw JS") start.above = start.median - base;
    found.push({ name, size: crate && wasmSize(join(root, crateFolder(crate))), start, memory });
  }
  return found;
}

/** Product-wide budgets: the Worker's size and start. */
function budgets(found) {
  const size = wasmSize(join(root, "build", "worker"));
  const above = found.find(({ name }) => name === ours).start.above;
  return [
    { what: "Worker's wasm, gzip", reached: size.gzip / 1024, most: 250, unit: "KiB", raw: size.raw },
    { what: "start-up CPU above raw JS", reached: above, most: 50, unit: "ms" },
  ].map((budget) => ({ ...budget, met: budget.reached <= budget.most }));
}

function plain(measured) {
  return measured.map(({ route, rounds, targets }) => ({
    route: route.name,
    rounds: rounds.map((round) => Object.fromEntries(round)),
    targets,
  }));
}

/**
 * Runs the bench. `rounds`, `only` (names of routes), `quick` (one tiny round: does the harness work?). Resolves to 0, or to 1 if the contenders disagree.
 */
export async function bench({ rounds: count = 5, only, quick = false, report = () => {}, print = console.log }) {
  const scale = quick ? 0.01 : 1;
  const times = quick ? 1 : count;
  const routes = allRoutes.filter((route) => only === undefined || only.includes(route.name));
  const upstream = await startUpstream();
  const vars = { SUPABASE_URL: upstream.url, SUPABASE_ANON_KEY: "bench-anon-key" };
  const load = startLoad();
  const names = contenders.map(({ name }) => name);
  try {
    const made = await bundles(false);
    const servers = await startAll(contenders, made, vars);
    const found = await disagreements(servers, routes);
    await stopServers(servers);
    if (found.length > 0) {
      for (const line of found) console.error(`bench: the contenders disagree: ${line}`);
      return 1;
    }
    // What V8 makes of a Worker differs from process to process by more than the contenders differ: more processes, each measured for less long.
    const common = { count: quick ? 1 : times * 2, vars, routes, report };
    const http = await rounds("over HTTP", {
      ...common,
      made,
      measure: (all, route) => measureHttp(all, route, load, amounts(route.http, 500, quick)),
    });
    const loop = await rounds("in the isolate", {
      ...common,
      made: await bundles(true),
      measure: (all, route) => measureLoop(all, route, amounts(route.loop, route.loop.measured / 40, quick)),
    });
    const feet = await footprint({ ...common, made, load, scale });
    const limits = budgets(feet);
    print(`${cpuTable("CPU µs per request, HTTP included", names, http)}\n`);
    print(`${cpuTable("CPU µs per call, in the isolate", names, loop)}\n`);
    print(`${loadTable(names, http)}\n`);
    print(`${footprintTable(feet)}\n`);
    for (const { what, reached, most, unit, met } of limits) {
      print(verdict(`${what}: ${reached.toFixed(1)} ${unit} (≤ ${most})`, met));
    }
    const figures = { quick, rounds: times, http: plain(http), loop: plain(loop), footprint: feet, budgets: limits };
    print(`\n${keep("requests", figures)}`);
    return 0;
  } finally {
    load.stop();
    upstream.child.disconnect();
    stopAll();
  }
}
