// What a warm call costs with each store: the shortest guest over HTTP, on two Workers that differ in STORE alone.
import { readFileSync } from "node:fs";
import { guests } from "../../tests/guest/guests.mjs";
import { startPlatform, user } from "../../tests/worker/product/platform.mjs";
import { startPlatformOnSupabase } from "../../tests/worker/supabase/platform.mjs";
import { amountOf, check, figure, publish, warm } from "../harness/calls.mjs";
import { startLoad } from "../harness/load.mjs";
import { table } from "../harness/markdown.mjs";
import { keep } from "../harness/results.mjs";
import { spread } from "../harness/statistics.mjs";
import { cells, whole } from "../harness/turns.mjs";
import { ratio } from "../harness/verdict.mjs";

const D1 = "D1 and R2";
const SUPABASE = "Supabase";
const PATH = "/fn/hello?name=Ada";

/** Which requests Supabase got while calls were made, and how many for a thousand of them. */
function counted(proxy) {
  const seen = new Map();
  let calls = 0;
  let from;
  return {
    around({ name }, begun) {
      if (name !== SUPABASE) return;
      if (begun) from = proxy.calls.length;
      else for (const call of proxy.calls.slice(from)) seen.set(call, (seen.get(call) ?? 0) + 1);
    },
    each(count) {
      calls += count;
    },
    perThousand: () => Object.fromEntries([...seen].map(([call, count]) => [call, (1000 * count) / calls])),
  };
}

/** Reads by whom a list of functions and of executions is asked for, one after the other, in milliseconds. */
async function lists(workers, times) {
  const paths = ["/functions", "/functions/hello", "/executions"];
  const seen = new Map(paths.map((path) => [path, new Map(workers.map(([name]) => [name, []]))]));
  for (let time = 0; time < times; time++) {
    for (const [name, { worker, bearer }] of time % 2 === 0 ? workers : workers.toReversed()) {
      for (const path of paths) {
        const begun = performance.now();
        const { status, text } = await worker.api(bearer, "GET", path);
        if (status !== 200) throw new Error(`${name}, ${path}: ${text}`);
        seen
          .get(path)
          .get(name)
          .push(performance.now() - begun);
      }
    }
  }
  return seen;
}

/**
 * Measures; `quick` only shows that it works.
 *
 * @param {{ rounds?: number, quick?: boolean, report?: (text: string) => void, print?: (line: string) => void }} options
 */
export async function benchStores({ rounds = 5, quick = false, report = () => {}, print = console.log }) {
  const module = readFileSync((await guests())["hello-world"]);
  report("stores: start");
  // Without the rate limits: one caller sends them all.
  const change = ({ ratelimits: _, ...options }) => options;
  const vars = { LOG_LEVEL: "error" };
  const load = startLoad();
  const started = [];
  try {
    const embedded = await startPlatform({ vars, change });
    started.push(embedded);
    const hosted = await startPlatformOnSupabase(vars, { change });
    started.push(hosted);
    const workers = [
      [D1, { worker: embedded, bearer: user("ann") }],
      [SUPABASE, { worker: hosted, bearer: (await hosted.signUp()).token }],
    ];
    for (const [, { worker, bearer }] of workers) await publish(worker, bearer, "hello", module);
    const servers = workers.map(([name, { worker }]) => {
      const { url: origin, port, pid } = worker;
      return { name, path: PATH, origin, port, pid };
    });
    const requests = counted(hosted.proxy);
    const seen = await warm(servers, load, { rounds, quick, report, around: requests.around });
    const { slices, each } = amountOf(rounds, quick);
    requests.each(slices * each);
    report("stores: first calls");
    const first = new Map(workers.map(([name]) => [name, []]));
    for (let at = 0; at < (quick ? 1 : 10); at++) {
      for (const [name, { worker, bearer }] of at % 2 === 0 ? workers : workers.toReversed()) {
        await publish(worker, bearer, `cold-${at}`, module);
        const begun = performance.now();
        await check(worker.url, `/fn/cold-${at}?name=Ada`);
        first.get(name).push(performance.now() - begun);
      }
    }
    report("stores: lists");
    const asked = await lists(workers, quick ? 1 : 50);

    const names = workers.map(([name]) => name);
    const head = ["a warm call over HTTP", "CPU µs of workerd", "calls/s", "p50 ms", "p99 ms"];
    const warmRows = names.map((name) => [name, ...cells(seen.get(name))]);
    print(`\n${table(head, warmRows)}\n`);
    const round = new Map([...seen].map(([name, slices]) => [name, whole(slices)]));
    const reached = ratio([round], SUPABASE, D1);
    print(
      `a warm call on Supabase takes ${reached.toFixed(2)} × the CPU of one on D1, whose database runs in the same process`,
    );
    const perThousand = requests.perThousand();
    for (const [call, count] of Object.entries(perThousand))
      print(`for 1,000 warm calls Supabase gets ${count.toFixed(1)} × ${call}`);
    const others = [["first call of a function", first], ...[...asked].map(([path, ms]) => [`GET /api/v1${path}`, ms])];
    const otherRows = others.map(([what, ms]) => [what, ...names.map((name) => figure(spread(ms.get(name))))]);
    print(`\n${table(["ms", ...names], otherRows)}\n`);
    const ms = Object.fromEntries(others.map(([what, of]) => [what, Object.fromEntries(of)]));
    print(keep("stores", { quick, warm: Object.fromEntries(seen), ratio: reached, requests: perThousand, ms }));
    return 0;
  } finally {
    load.stop();
    for (const worker of started.reverse()) await worker.stop();
  }
}
