// What metering costs: the kernels metered against unmetered in V8, and in wasmtime with its fuel against without.
import { execFileSync, fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run as prepare } from "../../js/prepare/run.js";
import { buildPrepare } from "../../scripts/build/prepare.mjs";
import { root, toolEnv } from "../../scripts/setup/paths.mjs";
import { quantile } from "../harness/statistics.mjs";
import { buildKernels, kernels } from "./kernels.mjs";

const prepared = join(root, "build", "prepare", "prepare.bin");

/** The kernels' module as it is, and metered as prepare does it. */
function modules(file) {
  const upload = readFileSync(file);
  const { files, refusal, death } = prepare(
    new WebAssembly.Module(readFileSync(prepared)),
    upload.buffer.slice(upload.byteOffset, upload.byteOffset + upload.length),
  );
  if (!files) throw new Error(`the kernels were not prepared: ${refusal?.message ?? death}`);
  const core = files.find(({ name }) => name === "core.wasm");
  return { plain: upload.toString("base64"), owner: Buffer.from(core.bytes).toString("base64") };
}

/** One process; the order in which things run is reversed in every other. */
function inProcess(task) {
  const child = fork(join(import.meta.dirname, "v8-process.mjs"));
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`a process of V8 ended with ${code}`)));
    child.send(task);
  });
}

/** The median of the quotients of calls that followed each other, and the medians themselves in ms. */
function compared(rounds, name, less, more) {
  const quotients = rounds.flatMap((round) => round[name][more].map((time, slice) => time / round[name][less][slice]));
  const median = (what) =>
    quantile(
      rounds.flatMap((round) => round[name][what]),
      0.5,
    ) / 1e6;
  return { [less]: median(less), [more]: median(more), ratio: quantile(quotients, 0.5) };
}

function geomean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Builds the program that runs them in wasmtime, which takes minutes the first time; returns its path. */
function wasmtime() {
  const folder = join(root, "bench", "metering", "wasmtime");
  const { status } = spawnSync("cargo", ["build", "--release", "--quiet"], {
    cwd: folder,
    env: toolEnv(),
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("bench/metering/wasmtime was not built");
  return join(process.env.CARGO_TARGET_DIR ?? join(folder, "target"), "release", "bench-wasmtime");
}

/**
 * Measures. `quick`: one tiny round without wasmtime, which would take minutes to compile.
 *
 * @param {{ rounds: number, quick?: boolean, report?: (text: string) => void }} options
 */
export async function measureMetering({ rounds: count, quick = false, report = () => {} }) {
  report("metering: build");
  const file = await buildKernels();
  await buildPrepare();
  const given = modules(file);
  const tasks = kernels.map(({ name, size, small }) => ({ name, size: quick ? small : size }));
  const rounds = [];
  const other = [];
  const program = quick ? undefined : wasmtime();
  for (let round = 0; round < (quick ? 1 : count); round++) {
    report(`metering: round ${round + 1}`);
    rounds.push(await inProcess({ ...given, tasks, slices: quick ? 1 : 15, reversed: round % 2 === 1 }));
    if (program) {
      const sizes = tasks.map(({ name, size }) => `${name}=${size}`);
      other.push(JSON.parse(execFileSync(program, [file, "15", ...sizes], { encoding: "utf8" })));
    }
  }
  const measured = kernels.map(({ name, title }) => {
    const results = [...rounds, ...other].map((round) => round[name].result);
    if (new Set(results).size !== 1) throw new Error(`${name}: the results differ: ${results}`);
    return {
      name,
      title,
      v8: compared(rounds, name, "plain", "metered"),
      wasmtime: program && compared(other, name, "plain", "fuel"),
    };
  });
  const ours = geomean(measured.map(({ v8 }) => v8.ratio));
  const theirs = program && geomean(measured.map((each) => each.wasmtime.ratio));
  const targets = [{ of: "V8 unmetered", most: 1.25, reached: ours, met: ours <= 1.25 }];
  if (theirs) targets.push({ of: "wasmtime's overhead", most: theirs, reached: ours, met: ours <= theirs });
  return { kernels: measured, geomean: { v8: ours, wasmtime: theirs }, targets };
}
