// What prepare takes in its isolate in real workerd: for each guest, for the largest upload and for a hostile one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/setup/paths.mjs";
import { guests } from "../../tests/guest/guests.mjs";
import { enlarged, nestedBlocks } from "../../tests/guest/prepare/large.mjs";
import { buildCrate, startWorker } from "../../tests/worker/harness.mjs";
import { table, verdict } from "../harness/markdown.mjs";
import { keep } from "../harness/results.mjs";
import { spread } from "../harness/statistics.mjs";

const MOST_BYTES = 10 * 1024 * 1024;
const LARGE = "a module of 10 MiB";
const HOSTILE = "a million nested blocks";

async function uploads() {
  const files = Object.entries(await guests()).map(([name, file]) => [name, readFileSync(file)]);
  const large = enlarged(new Map(files).get("image-resize"), MOST_BYTES);
  return [...files, [LARGE, large], [HOSTILE, nestedBlocks(1_000_000)]];
}

async function send(worker, body) {
  const begun = performance.now();
  const answer = await (await fetch(`${worker.url}/prepare`, { method: "POST", body })).json();
  return { ...answer, ms: performance.now() - begun };
}

/** One upload, `times` times: how long it takes and what comes of it. */
async function measure(worker, [name, bytes], times) {
  const answers = [];
  for (let time = 0; time < times; time++) answers.push(await send(worker, bytes));
  const [{ refusal, files, memory }] = answers;
  return {
    name,
    upload: bytes.length,
    ms: spread(answers.map(({ ms }) => ms)),
    memory,
    bundle: files?.slice(1).reduce((sum, { measured }) => sum + measured.bytes, 0),
    refusal: refusal?.code,
  };
}

function shown({ name, upload, ms, memory, bundle, refusal }) {
  const kib = (bytes) => (bytes / 1024).toFixed(1);
  return [name, kib(upload), bundle ? kib(bundle) : refusal, ms.median.toFixed(0), kib(memory)];
}

function judge(measured) {
  const of = (name) => measured.find((each) => each.name === name);
  const large = of(LARGE);
  const hostile = of(HOSTILE);
  return [
    { what: "10 MiB prepared", reached: large.ms.median, most: 2000, unit: "ms" },
    { what: "memory for it", reached: large.memory / 1e6, most: 100, unit: "MB" },
    { what: "a hostile upload refused", reached: hostile.ms.median, most: 200, unit: "ms" },
  ].map((target) => ({ ...target, met: target.reached <= target.most }));
}

/** Measures, prints and keeps; resolves to 0. */
export async function benchPrepare({ rounds = 7, quick = false, report = () => {}, print = console.log }) {
  report("prepare: build");
  await buildCrate("prepare");
  const all = await uploads();
  const worker = await startWorker({ config: join(root, "tests", "worker", "prepare", "wrangler.toml") });
  try {
    const first = await send(worker, all[0][1]);
    const measured = [];
    for (const upload of all) {
      report(`prepare: ${upload[0]}`);
      measured.push(await measure(worker, upload, quick ? 1 : rounds));
    }
    const targets = judge(measured);
    const head = ["upload", "KiB", "bundle, KiB", "prepare, ms", "its memory, KiB"];
    print(`\n${table(head, measured.map(shown))}\n`);
    print(`the first upload of an isolate: ${first.ms.toFixed(0)} ms`);
    for (const { what, reached, most, unit, met } of targets)
      print(verdict(`${what}: ${reached.toFixed(0)} ${unit} (≤ ${most})`, met));
    print(keep("prepare", { quick, first: first.ms, measured, targets }));
    return 0;
  } finally {
    await worker.stop();
  }
}
