// node bench/prepare.mjs: what prepare takes in its isolate in real workerd, for each guest, for the largest upload and for hostile ones.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { guests } from "../tests/guest/guests.mjs";
import { enlarged, nestedBlocks } from "../tests/guest/prepare/large.mjs";
import { buildCrate, root, startWorker } from "../tests/worker/harness.mjs";

const ROUNDS = 7;
const most = 10 * 1024 * 1024;

await buildCrate("prepare");
const files = Object.entries(await guests()).map(([name, file]) => [name, readFileSync(file)]);
const large = enlarged(readFileSync((await guests())["image-resize"]), most);
const uploads = [
  ...files,
  ["image-resize, 15 times over", large],
  ["a million nested blocks", nestedBlocks(1_000_000)],
];

const worker = await startWorker({ config: join(root, "tests", "worker", "prepare", "wrangler.toml") });
const send = async (body) => {
  const begun = performance.now();
  const answer = await (await fetch(`${worker.url}/prepare`, { method: "POST", body })).json();
  return { ...answer, ms: performance.now() - begun };
};
const { ms } = await send(files[0][1]);
console.log(`the first upload of an isolate: ${ms.toFixed(0)} ms, of which most is V8's compilation\n`);
console.log("| upload | bytes | ms, median (least) | memory, MB | core modules, bytes | answer |");
console.log("| --- | ---: | ---: | ---: | ---: | --- |");
for (const [name, bytes] of uploads) {
  const answers = [];
  for (let round = 0; round < ROUNDS; round++) answers.push(await send(bytes));
  const times = answers.map((answer) => answer.ms).sort((a, b) => a - b);
  const [answer] = answers;
  const bundle = answer.files?.slice(1).reduce((sum, file) => sum + file.measured.bytes, 0) ?? "";
  const said = answer.refusal ? `${answer.refusal.code}: ${answer.refusal.message}` : "taken";
  const median = times[Math.floor(ROUNDS / 2)];
  console.log(
    `| ${name} | ${bytes.length} | ${median.toFixed(0)} (${times[0].toFixed(0)}) | ${(answer.memory / 1e6).toFixed(1)} | ${bundle} | ${said} |`,
  );
}
console.log(`\nworkerd holds ${(worker.memory() / 1e6).toFixed(0)} MB of the machine's memory`);
await worker.stop();
