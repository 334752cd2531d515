// The glue, bundled and minified as the build does it, in an isolate of real workerd: values of every type come back equal, a guest waits by JSPI,
// and a call costs the same fuel as in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Program } from "../../js/guest/index.js";
import { bundleModule } from "../../scripts/build/module.mjs";
import { echo, interfaces } from "../guest/glue/echo-suite.mjs";
import { bundleOf, bundleOfText, echoGuest } from "../guest/glue/rig.mjs";
import { composed } from "../guest/glue/resources/texts.mjs";
import { walkAll } from "../guest/glue/resources/walk.mjs";
import { changes, state } from "../guest/glue/state.mjs";
import { expected, tries, tryAll } from "../guest/glue/tries.mjs";
import { random } from "../guest/glue/values.mjs";
import { guests } from "../guest/guests.mjs";
import { root, startWorker } from "./harness.mjs";

let worker;
let glue;

before(async () => {
  glue = await bundleModule("js/guest/index.js");
  worker = await startWorker({ config: join(root, "tests", "worker", "loader", "wrangler.toml") });
});
after(() => worker?.stop());

/** Runs `script` in an isolate that has the glue, a bundle and what else is given; `script` answers a fetch with JSON. */
async function run({ folder, manifest }, script, more = {}) {
  const wasm = (name) => ({ wasm: readFileSync(join(folder, name)).toString("base64") });
  const names = manifest.files.map(({ name }) => name);
  const files = Object.fromEntries(names.map((name) => [name, wasm(name)]));
  const imports = names.map((name, i) => `import m${i} from ${JSON.stringify(name)};`).join("\n");
  const js = `${imports}
    import { Program } from "glue.js";
    import manifest from "manifest.json";
    ${script}
    const modules = [${names.map((_, i) => `m${i}`)}];
    export default { fetch: async () => Response.json(await answer(manifest, modules)) };`;
  const modules = {
    "main.js": { js },
    "glue.js": { js: glue },
    "manifest.json": { json: manifest },
    ...files,
    ...more,
  };
  const response = await fetch(worker.url, { method: "POST", body: JSON.stringify({ main: "main.js", modules }) });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

const module = (name) => ({ js: readFileSync(join(root, "tests", "guest", "glue", name), "utf8") });

test("values of every type come back equal, for the fuel that they cost in Node", async () => {
  const bundle = bundleOf(echoGuest(), "--any-import");
  const options = { seed: 11, rounds: 15 };
  const script = `import { echo, interfaces } from "./echo-suite.mjs";
    const answer = (manifest, modules) => echo(new Program(manifest, modules, { interfaces }), manifest.plan, ${JSON.stringify(options)});`;
  const there = await run(bundle, script, {
    "echo-suite.mjs": module("echo-suite.mjs"),
    "values.mjs": module("values.mjs"),
  });
  const here = echo(new Program(bundle.manifest, bundle.modules, { interfaces }), bundle.manifest.plan, options);
  assert.deepEqual(there.wrong, []);
  assert.ok(there.calls > 1000, `${there.calls} calls`);
  assert.deepEqual(there, here);
});

test("parts pass resources among them, and trap, as in Node and for the same fuel", async () => {
  const bundle = bundleOfText(composed);
  const script = `import { random } from "./values.mjs";
    import { walkAll } from "./walk.mjs";
    const answer = (manifest, modules) => walkAll(new Program(manifest, modules), random(44), 300);`;
  const there = await run(bundle, script, {
    "values.mjs": module("values.mjs"),
    "walk.mjs": module("resources/walk.mjs"),
    "steps.mjs": module("resources/steps.mjs"),
  });
  const here = walkAll(new Program(bundle.manifest, bundle.modules), random(44), 300);
  assert.deepEqual(there, here);
  const kinds = new Set(here.map((line) => line.split(":")[0]).filter((line) => line.startsWith("trap")));
  assert.deepEqual([...kinds].sort(), ["trap borrow_kept", "trap invalid_handle"]);
});

test("a call sees nothing of the two before it, whatever they changed, in the instances that Node would use", async () => {
  const bundle = bundleOfText(state);
  const names = Object.keys(changes);
  const script = `
    const look = (program) => {
      const { value, fuel, memory, instance } = program.call("look", []);
      return [JSON.stringify([value, fuel, memory], (_, part) => (typeof part === "bigint" ? part + "n" : part)), instance];
    };
    function answer(manifest, modules) {
      const names = ${JSON.stringify(names)};
      const [first] = look(new Program(manifest, modules));
      const program = new Program(manifest, modules);
      const wrong = [];
      for (const one of names) for (const other of names) {
        program.call(one, []);
        program.call(other, []);
        if (look(program)[0] !== first) wrong.push([one, other]);
      }
      const instances = names.map((name) => (program.call(name, []), [name, look(program)[1]]));
      let trapped;
      try { program.call("trap", []); } catch ({ code }) { trapped = [code, look(program)[0] === first]; }
      return { wrong, instances: Object.fromEntries(instances), trapped };
    }`;
  assert.deepEqual(await run(bundle, script), { wrong: [], instances: changes, trapped: ["trap", true] });
});

test("guests wait for the host side by side, and are ended when they wait too long", async () => {
  const bundle = bundleOf((await guests()).misbehave);
  const script = `
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const host = (ms) => ({ log() {}, fetch: async ({ uri }) => (await pause(ms), { tag: "ok", val: { status: Number(uri.split("/").at(-1)), headers: [], body: new Uint8Array() } }) });
    async function answer(manifest, modules) {
      const program = new Program(manifest, modules);
      const calls = [30, 5, 20, 1].map((ms, i) => program.call("call", ["http://example.com/" + (200 + i)], { host: host(ms) }));
      const together = (await Promise.all(calls)).map(({ value }) => value);
      const late = await program.call("call", ["http://example.com/200"], { host: host(2000), timeout: 50 }).catch(({ code }) => code);
      const looped = await program.call("loop-forever", [], { host: host(1), fuel: 1e7 }).catch(({ code, fuel }) => [code, fuel]);
      const grown = await program.call("grow-memory", [], { host: host(1), pages: 40 });
      return { together, late, looped, grown: grown.value };
    }`;
  assert.deepEqual(await run(bundle, script), {
    together: [200, 201, 202, 203],
    late: "execution_timeout",
    looped: ["fuel_exhausted", 1e7],
    grown: 40,
  });
});

test("no request leaves where the guest can't be suspended, and to catch that costs what it costs in Node", async () => {
  const bundle = bundleOfText(tries);
  const script = `import { tryAll } from "./tries.mjs";
    const answer = (manifest, modules) => tryAll(new Program(manifest, modules));`;
  const there = await run(bundle, script, { "tries.mjs": module("tries.mjs") });
  assert.deepEqual(
    there.map((outcome) => outcome.slice(0, 4)),
    [...expected, ...expected],
  );
  assert.deepEqual(there, await tryAll(new Program(bundle.manifest, bundle.modules)));
});
