// Every command of the README's tour is run against the real thing, once with each store, and must print what the README says,
// but for what differs from run to run.
// `node tests/docs/readme.test.mjs --write` puts the real output into the README.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { layers } from "../../scripts/layers.mjs";
import { root } from "../worker/harness.mjs";
import { serviceRoleKey } from "../../scripts/start/local-supabase.mjs";
import { LOCAL_JWT_SECRET } from "../supabase/server/start.mjs";
import { startBoth } from "../worker/product/product.mjs";
import { consoleBlocks, steady } from "./console.mjs";

const page = join(root, "README.md");
const markdown = readFileSync(page, "utf8");
// npm's own commands are other layers' to run.
const tour = consoleBlocks(markdown).filter(({ command }) => !command.startsWith("npm "));

/** A shell that runs the tour's commands one after the other, as a reader does: what one sets, the next one has. */
function shell({ worker, supabase }) {
  const folder = mkdtempSync(join(tmpdir(), "hashi-tour-"));
  for (const name of ["build", "docs", ".dev.vars.example"]) symlinkSync(join(root, name), join(folder, name));
  const child = spawn("sh", { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  let heard = () => {};
  child.stdout.on("data", (chunk) => {
    said += chunk;
    heard();
  });
  const output = async (command) => {
    const here = command
      .replaceAll("localhost:8787", new URL(worker.url).host)
      .replaceAll("localhost:54321", new URL(supabase.url).host);
    child.stdin.write(`${here}\necho "end of output"\n`);
    await new Promise((resolve, reject) => {
      // Such as one that is not whole: the shell waits for the rest.
      const timer = setTimeout(() => reject(new Error(`no end of ${command}\n${said}`)), 60_000);
      heard = () => {
        if (!said.endsWith("end of output\n")) return;
        clearTimeout(timer);
        resolve(undefined);
      };
      heard();
    });
    const text = said.slice(0, -"end of output\n".length).replaceAll("\r\n", "\n");
    said = "";
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  };
  const stop = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { output, stop };
}

const start = (store) =>
  startBoth({
    vars: { STORE: store, SUPABASE_JWT_SECRET: LOCAL_JWT_SECRET, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey },
  });

if (process.argv.includes("--write")) {
  const both = await start("d1");
  const { output, stop } = shell(both);
  let written = markdown;
  let moved = 0;
  for (const { command, start, end } of tour) {
    const text = await output(command);
    written = written.slice(0, start + moved) + text + written.slice(end + moved);
    moved += text.length - (end - start);
  }
  writeFileSync(page, written);
  stop();
  await both.stop();
} else {
  test("both parts of the tour have commands", () => {
    for (const part of ["A tour", "A function in a minute"]) {
      const section = markdown.split(/^## /m).find((text) => text.startsWith(`${part}\n`)) ?? "";
      const commands = consoleBlocks(section).filter(({ command }) => tour.some((known) => known.command === command));
      assert.ok(commands.length >= 6, `${part}: ${commands.length}`);
    }
  });

  for (const store of ["d1", "supabase"]) {
    describe(`the tour with --store ${store}`, () => {
      let both;
      let reader;
      before(async () => {
        both = await start(store);
        reader = shell(both);
      });
      after(async () => {
        reader?.stop();
        await both?.stop();
      });

      for (const { command, output: wanted } of tour)
        test(command, async () => assert.equal(steady(await reader.output(command)), steady(wanted)));
    });
  }

  test("every npm script that the pages name exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const name of ["README.md", "CONTRIBUTING.md"]) {
      const text = readFileSync(join(root, name), "utf8");
      for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g))
        assert.ok(scripts[script], `${name}: npm run ${script}`);
    }
  });

  test("the shim, and what the host gives to JavaScript alone, are as short as the README says", () => {
    const [, most, about] = /shim of less than (\d+) lines of JavaScript, and some ([\d,]+) for/.exec(markdown) ?? [];
    const shim = ["shim.js", "instance.js"];
    const host = readdirSync(join(root, "js", "worker")).filter((name) => name.endsWith(".js") && !shim.includes(name));
    const [ours, others] = [shim, host].map((names) => {
      const texts = names.map((name) => readFileSync(join(root, "js", "worker", name), "utf8"));
      return texts.join("").split("\n").length - 1;
    });
    assert.ok(ours < Number(most) && ours > Number(most) / 2, `${ours} lines, and the README says ${most}`);
    const said = Number(about?.replace(",", ""));
    assert.ok(Math.abs(others / said - 1) < 0.06, `${others} lines, and the README says ${about}`);
  });

  test("the wasm is as small as the README says", () => {
    const [, first, second] =
      /first wasm is (\d+) KiB gzip \(aim: 250\) and the platform's, made when it is first asked for, (\d+);/.exec(
        markdown,
      ) ?? [];
    for (const [folder, name, said] of [
      ["worker", "hashi", first],
      ["platform", "platform", second],
    ]) {
      const wasm = readFileSync(join(root, "build", folder, `${name}_bg.wasm`));
      const size = gzipSync(wasm, { level: 9 }).length / 1024;
      assert.ok(Math.abs(size / Number(said) - 1) < 0.02, `${folder}: ${size} KiB, and the README says ${said}`);
    }
  });

  test("CONTRIBUTING's table has every layer of tests, in order, and no other", () => {
    const table = readFileSync(join(root, "CONTRIBUTING.md"), "utf8").matchAll(/^\| `npm test -- --only (\S+)` \|/gm);
    assert.deepEqual(
      Array.from(table, ([, name]) => name),
      layers.map(({ name }) => name),
    );
  });

  test("every file that the pages link to exists", () => {
    for (const name of ["README.md", "CONTRIBUTING.md"]) {
      const text = readFileSync(join(root, name), "utf8");
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
        assert.doesNotThrow(() => readFileSync(join(root, target)), `${name}: ${target}`);
    }
  });
}
