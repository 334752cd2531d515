// What a call of a function costs: the shortest guest over HTTP, against the same answer by other means in the same workerd binary.
import { readFileSync } from "node:fs";
import { guests } from "../../tests/guest/guests.mjs";
import { startPlatform, user } from "../../tests/worker/product/platform.mjs";
import { check, figure, publish, warm } from "../harness/calls.mjs";
import { startLoad } from "../harness/load.mjs";
import { table, verdict } from "../harness/markdown.mjs";
import { keep } from "../harness/results.mjs";
import { quantile, spread } from "../harness/statistics.mjs";
import { cells, whole } from "../harness/turns.mjs";
import { ratio } from "../harness/verdict.mjs";
import { buildContender, startContender } from "./contender.mjs";

const OURS = "Hashi";
const ann = user("ann");

/** @type {[name: string, path: string][]} ours last */
const PATHS = [
  ["raw JS Worker", "/raw?name=Ada"],
  ["JS in a loaded isolate", "/js?name=Ada"],
  ["plain jco, fresh instance", "/jco?name=Ada"],
  [OURS, "/fn/hello?name=Ada"],
];

/**
 * Calls per second are the inverse of the CPU that a call takes: one core is what each has. The first is out of reach for whatever runs in an isolate of its
 * own, so the second says the same of what an isolate can give: docs/decisions/0060-what-an-isolate-gives.md.
 */
const TARGETS = [
  { of: "raw JS Worker", most: 2, what: "calls/s ≥ 0.5 × raw JS" },
  { of: "JS in a loaded isolate", most: 2, what: "calls/s ≥ 0.5 × JS in a loaded isolate" },
  { of: "plain jco, fresh instance", most: 0.5, what: "CPU ≤ 0.5 × plain jco" },
];

/** The same module with a custom section of its own: the same bytes have the same bundle, which a call of before has left here. */
const named = (module, name) =>
  Buffer.concat([module, Buffer.from([0, name.length + 1, name.length]), Buffer.from(name)]);

/** First calls of functions whose isolates are not there, and the way from an upload to an answer, in milliseconds. */
async function cold(worker, module, count) {
  const first = [];
  const uploaded = [];
  for (let at = 0; at < count; at++) {
    const begin = performance.now();
    await publish(worker, ann, `cold-${at}`, named(module, `cold-${at}`));
    const called = performance.now();
    await check(worker.url, `/fn/cold-${at}?name=Ada`);
    first.push(performance.now() - called);
    uploaded.push(performance.now() - begin);
  }
  return { "cold call": spread(first), "made, uploaded and answered": spread(uploaded) };
}

/**
 * Measures; `quick` only shows that it works.
 *
 * @param {{ rounds?: number, quick?: boolean, report?: (text: string) => void, print?: (line: string) => void }} options
 */
export async function benchExecutor({ rounds = 5, quick = false, report = () => {}, print = console.log }) {
  const files = await guests();
  const module = readFileSync(files["hello-world"]);
  report("executor: build");
  await buildContender(files["hello-world"]);
  const load = startLoad();
  let worker;
  let contender;
  try {
    // Without its rate limits: one caller sends them all.
    const change = ({ ratelimits: _, ...options }) => options;
    worker = await startPlatform({ vars: { LOG_LEVEL: "error" }, change });
    contender = await startContender();
    await publish(worker, ann, "hello", module);
    const servers = PATHS.map(([name, path]) =>
      name === OURS
        ? { name, path, origin: worker.url, port: worker.port, pid: worker.pid }
        : { name, path, origin: contender.origin, port: contender.port, pid: contender.pid },
    );
    const seen = await warm(servers, load, { rounds, quick, report });
    const times = await cold(worker, module, quick ? 2 : 10);
    const head = ["a warm call over HTTP", "CPU µs", "calls/s", "p50 ms", "p99 ms"];
    print(
      `\n${table(
        head,
        PATHS.map(([name]) => [name, ...cells(seen.get(name))]),
      )}\n`,
    );
    const round = new Map([...seen].map(([name, slices]) => [name, whole(slices)]));
    const median = (name) => quantile(round.get(name).slices, 0.5);
    const targets = TARGETS.map((target) => ({
      ...target,
      reached: median(OURS) / median(target.of),
      all: ratio([round], OURS, target.of),
    }));
    for (const { most, what, reached, all } of targets) {
      const by = `${reached.toFixed(2)} × its CPU by medians of slices (≤ ${most}), ${all.toFixed(2)} × by all CPU`;
      print(verdict(`${what}: ${by}`, reached <= most));
    }
    for (const [what, spread] of Object.entries(times)) print(`${what}: ${figure(spread)} ms`);
    print(keep("executor", { quick, warm: Object.fromEntries(seen), targets, times }));
    return 0;
  } finally {
    load.stop();
    await contender?.stop();
    await worker?.stop();
  }
}
