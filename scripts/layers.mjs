// The layers of `npm test`, in the order in which they run.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";

const there = (path) => existsSync(join(root, path));
const anyOf = (pattern) => globSync(pattern, { cwd: root }).length > 0;
const locked = (crate) => readFileSync(join(root, "Cargo.lock"), "utf8").includes(`name = "${crate}"`);

// One file at a time: each starts a workerd or a Chromium of its own, and a timing that two cores blur proves nothing.
const inTurn = (pattern) => ["node", "--test", "--test-reporter=spec", "--test-concurrency=1", pattern];
const atOnce = (pattern) => ["node", "--test", "--test-reporter=spec", pattern];
const wrangler = (...args) => ["node", "node_modules/wrangler/bin/wrangler.js", ...args];
// wasm-bindgen's runner gives its pages the files of the folder that it runs in: the built package, where that is not the crate's.
const runnerAtRoot = 'target.wasm32-unknown-unknown.runner=["env", "-C", "../..", "wasm-bindgen-test-runner"]';

/**
 * @typedef {object} Layer
 * @property {string} name      what `--only` takes
 * @property {string} proves    what is broken when it fails
 * @property {string[]} command run in the repository's root
 * @property {"node" | "cargo" | "closing" | "exit"} counts how its tests are counted, see test/counts.mjs
 * @property {boolean} here     whether the project has come to have it
 * @property {string[]} [needs] layers that must have passed first
 * @property {boolean} [browser] whether it needs Chromium and its driver
 * @property {Record<string, string>} [env]
 * @property {number} [minutes] when it counts as hanging (default 15)
 */

/** @type {Layer[]} */
const all = [
  {
    name: "check",
    proves: "format, lints, types, licences and sources are as agreed",
    command: ["node", "scripts/check.mjs"],
    counts: "closing",
    here: true,
  },
  {
    name: "native",
    proves: "the pure middle decides right",
    command: ["cargo", "test", "--workspace", "--no-fail-fast"],
    counts: "cargo",
    here: true,
  },
  {
    name: "wasm",
    proves: "what touches JavaScript does so rightly, in a browser",
    command: ["cargo", "test", "--target", "wasm32-unknown-unknown", "--package", "hashi", "--tests", "--no-fail-fast"],
    counts: "cargo",
    here: locked("wasm-bindgen-test"),
    browser: true,
    // Seconds for a whole binary; the default of 20 is short where other work shares the cores.
    env: { WASM_BINDGEN_TEST_TIMEOUT: "180" },
  },
  {
    name: "metering",
    proves: "metered modules mean the same and nothing in them is free, in V8",
    command: inTurn("tests/guest/metering/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/guest/metering/**/*.test.mjs"),
  },
  {
    name: "build",
    proves: "the Worker compiles to wasm",
    command: ["node", "scripts/build.mjs"],
    counts: "exit",
    here: there("js/worker/entry.js"),
    minutes: 30,
  },
  {
    name: "guests",
    proves: "the guests build, and the platform would take them",
    command: ["node", "scripts/build-guests.mjs"],
    counts: "exit",
    here: there("guests"),
    minutes: 30,
  },
  {
    name: "glue",
    proves: "values pass whole between host and guest, limits hold, a restored instance is like a fresh one",
    command: inTurn("tests/guest/{docs,glue,prepare}/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/guest/glue/**/*.test.mjs"),
    needs: ["guests"],
  },
  {
    name: "hosts",
    proves: "the same call gives the same for the same fuel on Node, workerd and Chromium",
    command: inTurn("tests/guest/hosts/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/guest/hosts/**/*.test.mjs"),
    browser: true,
    needs: ["guests"],
  },
  {
    name: "wasm-sqlite",
    proves: "the browser database's edge opens OPFS and takes and gives JavaScript's values, in a browser's worker",
    // With the flags that it is built with; cargo would look for them from the crate's own folder only.
    command: [
      ...["cargo", "--config", "crates/sqlite/.cargo/config.toml", "test", "--target", "wasm32-unknown-unknown"],
      ...["--package", "hashi-sqlite", "--lib", "--no-fail-fast"],
    ],
    counts: "cargo",
    here: there("crates/sqlite"),
    browser: true,
    env: { WASM_BINDGEN_TEST_TIMEOUT: "180" },
    minutes: 20,
  },
  {
    name: "build-sqlite",
    proves: "the browser database compiles, and its wasm is no larger than it may be",
    command: ["node", "scripts/build-sqlite.mjs"],
    counts: "exit",
    here: there("crates/sqlite"),
    minutes: 20,
  },
  {
    name: "wasm-sqlite-client",
    proves: "a page that is written in Rust has the browser database with its own types, in a browser",
    command: [
      ...["cargo", "--config", runnerAtRoot, "test", "--target", "wasm32-unknown-unknown"],
      ...["--package", "hashi-sqlite-client", "--tests", "--no-fail-fast"],
    ],
    counts: "cargo",
    here: there("crates/sqlite-client"),
    browser: true,
    needs: ["build-sqlite"],
    env: { WASM_BINDGEN_TEST_TIMEOUT: "90" },
  },
  {
    name: "sqlite",
    proves: "tabs share one database, and nothing is lost whichever tab dies when, in real Chromium",
    command: inTurn("tests/sqlite/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/sqlite/**/*.test.mjs"),
    browser: true,
    needs: ["build-sqlite"],
    minutes: 25,
  },
  {
    name: "setup",
    proves: "set-up resumes, ports are named, no process is left behind",
    command: inTurn("tests/setup/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/setup/**/*.test.mjs"),
    // npm start is among what is tested: without the build its own would come first, and be slow.
    needs: there("js/worker/entry.js") ? ["build"] : [],
  },
  {
    name: "supabase",
    proves: "the local Supabase behaves like Supabase, by supabase-js's own calls",
    command: atOnce("tests/supabase/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/supabase/**/*.test.mjs"),
  },
  {
    name: "worker",
    proves: "the built Worker serves rightly in real workerd",
    command: inTurn("tests/worker/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/worker/**/*.test.mjs"),
    needs: ["build", "guests"],
    minutes: 40,
  },
  {
    name: "browser",
    proves: "a real Chromium can use what the Worker serves",
    command: inTurn("tests/browser/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/browser/**/*.test.mjs"),
    browser: true,
    needs: ["build"],
  },
  {
    name: "bench",
    proves: "the benchmark's harness works and its contenders agree",
    command: inTurn("tests/bench/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/bench/**/*.test.mjs"),
    browser: true,
    needs: ["build"],
    minutes: 25,
  },
  {
    name: "readme",
    proves: "the README's commands print what it says",
    command: inTurn("tests/docs/**/*.test.mjs"),
    counts: "node",
    here: anyOf("tests/docs/**/*.test.mjs"),
    needs: ["build", "guests"],
  },
  {
    name: "deploy",
    proves: "wrangler would accept the Worker as it is",
    command: wrangler("deploy", "--dry-run", "--outdir", "build/dry-run"),
    counts: "exit",
    here: there("js/worker/entry.js"),
    needs: ["build"],
  },
  {
    name: "docs",
    proves: "the documentation builds without a warning",
    command: ["cargo", "doc", "--no-deps", "--workspace"],
    counts: "exit",
    env: { RUSTDOCFLAGS: "-D warnings" },
    here: true,
  },
];

/** Those that the project has by now. */
export const layers = all.filter((layer) => layer.here);
