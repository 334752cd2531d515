// What npm run check asks of npm's advisories: all that any package-lock.json has, by a registry that stands here.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { root } from "../../scripts/setup/paths.mjs";

/** By package: what the registry knows of it. */
let known = {};
/** The names in each question. */
let asked = [];

const registry = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  if (request.method !== "POST") return response.writeHead(404).end("{}");
  const body = Buffer.concat(pieces);
  const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  const names = Object.keys(JSON.parse(text.toString()));
  asked.push(names);
  const answer = Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
});

before(async () => {
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
});
after(() => registry.close());

/** Runs the checks; what they print, and whether they pass. */
function check(...args) {
  asked = [];
  const { port } = /** @type {import("node:net").AddressInfo} */ (registry.address());
  const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` };
  return new Promise((resolve) => {
    const command = ["scripts/check.mjs", "--only", "npm", ...args];
    execFile(process.execPath, command, { cwd: root, env }, (error, out) => resolve({ passed: !error, out }));
  });
}

const packagesOf = (lock) => Object.keys(JSON.parse(readFileSync(lock, "utf8")).packages);
const locks = globSync("{,tests/**/,examples/**/,js/**/,bench/**/}package-lock.json", {
  cwd: root,
  exclude: (path) => /node_modules$/.test(path),
});

test("every package-lock.json is asked about", async () => {
  const { passed, out } = await check("--audit");
  assert.ok(passed, out);
  assert.equal(locks.length, 2, "a lock more is a question more: scripts/check/checks.mjs");
  assert.equal(asked.length, locks.length, out);
  for (const lock of locks) {
    const names = new Set(
      packagesOf(lock)
        .map((path) => path.split("node_modules/").at(-1))
        .filter(Boolean),
    );
    const whole = asked.some((of) => [...names].every((name) => of.includes(name)));
    assert.ok(whole, `nobody asked about ${lock}`);
  }
});

test("a finding is shown, and fails an audit", async () => {
  known = {
    supabase: [{ id: 1, url: "https://a.example/1", title: "a hole", severity: "high", vulnerable_versions: "*" }],
  };
  const advice = await check();
  assert.match(advice.out, /! npm advisories \(CLI\) +findings/);
  const audit = await check("--audit");
  assert.deepEqual([audit.passed, /✗ npm advisories \(CLI\)/.test(audit.out)], [false, true], audit.out);
  assert.match(audit.out, /✓ npm advisories /, "the other lock has none");
});
