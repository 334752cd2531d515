// A request that another lets through goes on as itself, also once V8 has compiled all that is hot: docs/decisions/0059-promises-that-others-settle.md.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startLoad } from "../../bench/harness/load.mjs";
import { root, startRig } from "./harness.mjs";

let rig;
let load;
before(async () => {
  rig = await startRig({ vars: { LOG_LEVEL: "error" } });
  load = startLoad();
});
after(async () => {
  load?.stop();
  await rig?.stop();
});

const ask = (path) => fetch(rig.url + path, { signal: AbortSignal.timeout(10_000) });
const route = { name: "turnstile", method: "GET", path: "/turnstile" };

test("100,000 requests that let one another through are all answered", async () => {
  await load.run(route, { port: rig.port, count: 100_000, connections: 64 });
  assert.equal(await (await ask("/turnstile/late")).text(), "1", "all but the last, after which none came");
  assert.deepEqual(
    rig.logs.filter(({ level }) => level === "error").map(({ text }) => text),
    [],
  );
});

test("nothing in js/worker makes promises in the way that loses the mark", () => {
  const folder = join(root, "js", "worker");
  const source = (file) => readFileSync(join(folder, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const files = readdirSync(folder).filter((file) => file.endsWith(".js"));
  assert.ok(files.includes("promised.js"));
  assert.deepEqual(
    files.filter((file) => source(file).includes("new Promise")),
    [],
    "use promised.js",
  );
});

test("the death of such an instance is a clean 500 for every request that waits in it", async () => {
  const waiting = Array.from({ length: 20 }, () => ask("/who/somebody?first=1000&second=0"));
  await new Promise((done) => setTimeout(done, 200));
  const death = await ask("/die/panic");
  const answers = await Promise.all(waiting);
  for (const answer of [death, ...answers]) {
    assert.equal(answer.status, 500);
    assert.equal((await answer.json()).requestId, answer.headers.get("x-request-id"));
  }
});
