// docs/guests.md, done: each file on the page is written, each command is run, and must print what the page says.
// `node tests/guest/docs/authors.test.mjs --write` puts the real output into the page.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { root, toolEnv } from "../../../scripts/setup/paths.mjs";
import { consoleBlocks } from "../../docs/console.mjs";
import { hashi } from "../guests.mjs";

const page = join(root, "docs", "guests.md");
const markdown = readFileSync(page, "utf8");
const command = await hashi();
const scratch = mkdtempSync(join(tmpdir(), "hashi-author-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** What differs between builds, made the same. */
const steady = (text) =>
  text
    .replace(/\b[0-9a-f]{64}\b/g, "5d5e…")
    .replace(/\b\d+ bytes\b/g, "N bytes")
    .replace(/sha256 5d5e(…)?/g, "sha256 …");

/** The chapters of the page, each of which begins in an empty folder; refusals have one each. */
function chapters() {
  const begins = [...markdown.matchAll(/^(## .*|### [a-z_]+)$/gm)];
  return begins.map((match, i) => ({
    title: match[1].replace(/^#+ /, ""),
    start: match.index,
    end: begins[i + 1]?.index ?? markdown.length,
  }));
}

/** The files and commands of a chapter, in the order of the page. */
function steps({ start, end }) {
  const text = markdown.slice(start, end);
  const files = text.matchAll(/^(Add to )?`([\w./-]+)`[^\n`]*\n?[^\n`]*:\n\n```\w+\n([\s\S]*?)^```$/gm);
  const written = Array.from(files, ([, adds, path, contents]) => ({ adds, path, contents, place: 0 }));
  let at = 0;
  for (const file of written) {
    file.place = start + text.indexOf(file.contents, at);
    at = file.place - start + file.contents.length;
  }
  const run = consoleBlocks(text).map((block) => ({ ...block, place: start + block.start }));
  return [...written, ...run].sort((a, b) => a.place - b.place);
}

/** Runs a command as a reader would; gives what it prints. Programs besides hashi speak on stdout when they have something to say. */
function run(line, folder) {
  // What the registry would give, from where set-up has put it.
  if (line.startsWith("npm install")) {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    return "";
  }
  // In a folder of its own rustup would take its default.
  const [, RUSTUP_TOOLCHAIN] = /^channel = "(.*)"$/m.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8"));
  const env = { ...toolEnv(), HASHI: root, RUSTUP_TOOLCHAIN, CARGO_NET_OFFLINE: "true", CARGO_TARGET_DIR: undefined };
  env.PATH = `${dirname(command)}:${env.PATH}`;
  // Compiled once: the page's paths hold without it too.
  const shared = join(resolve(root, process.env.CARGO_TARGET_DIR ?? "target"), "authors");
  mkdirSync(shared, { recursive: true });
  if (line.startsWith("cargo build")) symlinkIfMissing(shared, join(folder, "target"));
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { cwd: folder, env, encoding: "utf8" });
  if (line.startsWith("hashi")) return stdout + stderr;
  assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
  return stdout;
}

function symlinkIfMissing(to, path) {
  try {
    symlinkSync(to, path);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

/** Does a chapter; `done` is told what each command printed. */
function follow(chapter, done) {
  let folder = mkdtempSync(join(scratch, "chapter-"));
  for (const step of steps(chapter)) {
    if (step.path) {
      mkdirSync(dirname(join(folder, step.path)), { recursive: true });
      (step.adds ? appendFileSync : writeFileSync)(join(folder, step.path), step.contents);
    } else if (step.command.startsWith("cd ")) {
      folder = join(folder, step.command.slice(3));
    } else {
      done(step, run(step.command, folder));
    }
  }
}

if (process.argv.includes("--write")) {
  const outputs = [];
  for (const chapter of chapters())
    follow(chapter, (step, printed) => outputs.push({ ...step, at: chapter.start + step.start, printed }));
  let written = markdown;
  for (const { at, output, printed } of outputs.toReversed()) {
    const shown = printed.replace(/\b([0-9a-f]{4})[0-9a-f]{60}\b/g, "$1…");
    written = written.slice(0, at) + shown + written.slice(at + output.length);
  }
  writeFileSync(page, written);
} else {
  for (const chapter of chapters()) {
    if (steps(chapter).length === 0) continue;
    test(`${chapter.title}: the commands print what the page says`, () => {
      follow(chapter, (step, printed) => {
        const cut = (text) => steady(text.replace(/\b([0-9a-f]{4})(…|[0-9a-f]{60}\b)/g, "…"));
        assert.equal(cut(printed), cut(step.output), step.command);
      });
    });
  }

  test("each kind of refusal has its chapter, and shows its code", () => {
    const source = readFileSync(join(root, "crates", "guest", "src", "refusal.rs"), "utf8");
    const codes = Array.from(source.matchAll(/Refusal::\w+[^=\n]*=> "(\w+)"/g), ([, code]) => code);
    assert.ok(codes.length >= 14, `${codes.length}`);
    const safeguards = ["unknown_operator"];
    for (const code of codes.filter((code) => !safeguards.includes(code))) {
      const chapter = chapters().find(({ title }) => title === code);
      assert.ok(chapter, `a chapter on ${code}`);
      assert.ok(markdown.slice(chapter.start, chapter.end).includes(`error[${code}]: `), `an example of ${code}`);
    }
  });

  test("the limits are those of the platform", () => {
    const source = readFileSync(join(root, "crates", "guest", "src", "limits.rs"), "utf8");
    const body = source.slice(source.indexOf("fn default()"));
    const number = (text) =>
      text.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
    const real = Array.from(body.matchAll(/^\s+(\w+): ([\d_* ]+),$/gm), ([, name, value]) => [name, number(value)]);
    const rows = [...markdown.matchAll(/^\| (`\w+`(?:, `\w+`)*): .* \| ([\d, ]+) \|$/gm)];
    const shown = rows.flatMap(([, names, values]) =>
      names.split(", ").map((name, i) => [name.replaceAll("`", ""), Number(values.split(", ")[i])]),
    );
    assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(real));
  });

  test("the languages' versions are those that the project's own guests use", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.ok(markdown.includes(`assemblyscript@${devDependencies.assemblyscript}`));
    const cargo = readFileSync(join(root, "guests", "hello-world", "Cargo.toml"), "utf8");
    const [, version] = /wit-bindgen = \{ version = "(\d+\.\d+)/.exec(cargo);
    assert.ok(markdown.includes(`wit-bindgen@${version} `));
  });

  test("the command is where the tests say", () =>
    assert.match(execFileSync(command, ["version"], { encoding: "utf8" }), /^hashi /));
}
