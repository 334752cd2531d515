// `npm start` for real: wrangler, workerd, the local Supabase; and nothing of it left afterwards.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isFree } from "../../scripts/process/port.mjs";
import { root } from "../../scripts/setup/paths.mjs";
import { tick } from "../../scripts/start/clock.mjs";
import { anonKey } from "../../scripts/start/local-supabase.mjs";

const data = mkdtempSync(join(tmpdir(), "hashi-start-"));
after(() => rmSync(data, { recursive: true, force: true }));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** The parent of a process and whether it still runs, from /proc. */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(parent), runs: state !== "Z" && state !== "X" };
  } catch {
    return { parent: 0, runs: false };
  }
}

/** All processes below one, as { pid, command }. */
function descendants(ancestor) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const below = (pid) => {
    for (let at = look(pid).parent; at > 1; at = look(at).parent) if (at === ancestor) return true;
    return false;
  };
  return pids
    .map(Number)
    .filter(below)
    .map((pid) => ({ pid, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }));
}

// A network that nobody answers in: whoever asks for a registry fails.
const deadEnd = "http://127.0.0.1:9/";
const noNetwork = {
  CARGO_NET_OFFLINE: "true",
  HTTP_PROXY: deadEnd,
  HTTPS_PROXY: deadEnd,
  ALL_PROXY: deadEnd,
  NO_PROXY: "127.0.0.1,localhost",
  npm_config_registry: deadEnd,
};

/** Starts everything on free ports and resolves when it is up. */
async function start(store = "d1", extra = {}, more = []) {
  const [port, supabasePort] = [await freePort(), await freePort()];
  const args = [
    "--port",
    String(port),
    "--supabase-port",
    String(supabasePort),
    "--data",
    data,
    "--store",
    store,
    ...more,
  ];
  const { NODE_TEST_CONTEXT: _, PORT: __, ...env } = process.env;
  const script = spawn(process.execPath, [join(root, "scripts", "start.mjs"), ...args], { env: { ...env, ...extra } });
  let said = "";
  const up = new Promise((resolve, reject) => {
    const hear = (chunk) => {
      said += chunk;
      if (said.includes("Hashi is up")) resolve(undefined);
    };
    script.stdout.on("data", hear);
    script.stderr.on("data", hear);
    script.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${said}`)));
  });
  await up;
  return { script, port, supabasePort, heard: () => said };
}

/** Fails if one of the processes or ports is still in use after 30 s. */
async function assertNothingLeft(processes, ports) {
  const limit = Date.now() + 30000;
  let left = processes;
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = left.filter(({ pid }) => look(pid).runs);
  } while (left.length > 0 && Date.now() < limit);
  assert.deepEqual(left, [], "processes are left");
  for (const port of ports) assert.ok(await isFree(port), `port ${port} is still in use`);
}

/** Whether a new function is among the rows that its owner sees in the local Supabase. */
async function isInSupabase(port, supabasePort) {
  const json = { "content-type": "application/json" };
  const supabase = `http://127.0.0.1:${supabasePort}`;
  const signedUp = await fetch(`${supabase}/auth/v1/signup`, {
    method: "POST",
    headers: { apikey: anonKey, ...json },
    body: JSON.stringify({ email: `${randomUUID()}@example.org`, password: "correct horse" }),
  });
  const { access_token } = /** @type {any} */ (await signedUp.json());
  const authorization = `Bearer ${access_token}`;
  const name = `f${randomUUID().slice(0, 13)}`;
  const made = await fetch(`http://127.0.0.1:${port}/api/v1/functions`, {
    method: "POST",
    headers: { authorization, ...json },
    body: JSON.stringify({ name }),
  });
  assert.equal(made.status, 201, await made.text());
  const rows = await fetch(`${supabase}/rest/v1/functions?name=eq.${name}`, {
    headers: { apikey: anonKey, authorization },
  });
  return /** @type {any[]} */ (await rows.json()).length === 1;
}

const isWhole =
  process.platform === "linux" &&
  ["js/worker/entry.js", "tests/supabase/local.mjs"].every((path) => existsSync(join(root, path)));

for (const [signal, wanted, store] of isWhole
  ? /** @type {const} */ ([
      ["SIGINT", 0, "d1"],
      ["SIGTERM", 143, "supabase"],
      ["SIGKILL", null, "d1"],
    ])
  : []) {
  test(`npm start -- --store ${store} serves without a network, and ${signal} leaves no process and no port behind`, {
    timeout: 480000,
  }, async () => {
    const { script, port, supabasePort, heard } = await start(store, noNetwork);
    const processes = descendants(script.pid);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      assert.equal(answer.status, 200);
      const functions = await fetch(`http://127.0.0.1:${port}/api/v1/functions`);
      assert.equal(functions.status, 200, "the database has its tables");
      assert.equal(await tick(`http://127.0.0.1:${port}`, Date.UTC(2026, 10, 25, 12)), undefined, "the clock's way");
      assert.equal(await isInSupabase(port, supabasePort), store === "supabase", "where a function is kept");
      assert.match(heard(), new RegExp(`curl '?http://localhost:${port}/earthquake/list`));
      assert.ok(
        processes.some(({ command }) => command.includes("workerd")),
        "workerd is among what must go",
      );
      assert.ok(
        processes.some(({ command }) => command.includes("local.mjs")),
        "the local Supabase too",
      );
    } finally {
      script.kill(signal);
    }
    const [code] = await once(script, "exit");
    assert.equal(code, wanted);
    await assertNothingLeft(processes, [port, supabasePort]);
  });
}

if (isWhole) {
  test("npm start has a clock: each minute it is asked what is due", { timeout: 240000 }, async () => {
    const file = join(data, "clock.vars");
    const down = "http://127.0.0.1:9";
    const keys = 'SUPABASE_ANON_KEY="anon"\nSUPABASE_SERVICE_ROLE_KEY="service"\n';
    writeFileSync(file, `SUPABASE_URL="${down}"\n${keys}`);
    // A store that can't say what is due: the log tells that it was asked.
    const { script, port, heard } = await start("supabase", {}, ["--env-file", file]);
    const processes = descendants(script.pid);
    try {
      const limit = Date.now() + 70_000;
      while (!heard().includes("no function can be called by the clock") && Date.now() < limit) {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      assert.match(heard(), /no function can be called by the clock/);
    } finally {
      script.kill("SIGINT");
    }
    await once(script, "exit");
    await assertNothingLeft(processes, [port]);
  });

  test("npm start with a Supabase of one's own that is down comes up, and says so", { timeout: 240000 }, async () => {
    const file = join(data, "own.vars");
    writeFileSync(file, 'SUPABASE_URL="http://127.0.0.1:9"\nSUPABASE_ANON_KEY="anon"\n');
    const { script, port, supabasePort, heard } = await start("d1", {}, ["--env-file", file]);
    const processes = descendants(script.pid);
    try {
      assert.equal((await fetch(`http://127.0.0.1:${port}/hello`)).status, 200);
      assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 503);
      assert.match(heard(), /Supabase does not answer: .*"degraded"/);
      assert.ok(await isFree(supabasePort), "no local Supabase is started");
    } finally {
      script.kill("SIGINT");
    }
    await once(script, "exit");
    await assertNothingLeft(processes, [port]);
  });

  test("npm start with settings that can't be used ends at once and names the setting", {
    timeout: 240000,
  }, async () => {
    const file = join(data, "wrong.vars");
    writeFileSync(file, 'SUPABASE_URL="http://127.0.0.1:9"\nSUPABASE_ANON_KEY="anon"\nCACHE="maybe"\n');
    await assert.rejects(start("d1", {}, ["--env-file", file]), /ended with 1:[\s\S]*CACHE is \\?"maybe/);
  });

  test("wrangler dev by itself builds, and serves with the example's settings", { timeout: 240000 }, async () => {
    const [port, supabasePort] = [await freePort(), await freePort()];
    const supabase = spawn(
      process.execPath,
      ["tests/supabase/local.mjs", "--port", supabasePort, "--data", data].map(String),
      {
        cwd: root,
      },
    );
    const args = [
      "dev",
      "--port",
      port,
      "--ip",
      "127.0.0.1",
      "--inspector-port",
      "0",
      "--env-file",
      ".dev.vars.example",
    ];
    // Another port than the example's, which a developer's own may have.
    args.push("--var", `SUPABASE_URL:http://127.0.0.1:${supabasePort}`);
    const env = { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", CI: "1" };
    const program = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
    const before = statSync(join(root, "node_modules")).ino;
    const wrangler = spawn(process.execPath, [program, ...args.map(String)], { cwd: root, env });
    let said = "";
    for (const stream of [wrangler.stdout, wrangler.stderr]) stream.on("data", (chunk) => (said += chunk));
    const processes = () => [...descendants(wrangler.pid), { pid: wrangler.pid }, { pid: supabase.pid }];
    let left = [];
    try {
      const answers = async () => {
        const rows = await fetch(`http://127.0.0.1:${port}/earthquake/list?limit=2`);
        return rows.ok && /** @type {any[]} */ (await rows.json()).length === 2;
      };
      const limit = Date.now() + 200000;
      while (!(await answers().catch(() => false))) {
        assert.ok(Date.now() < limit && wrangler.exitCode === null, `no rows:\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert.equal(statSync(join(root, "node_modules")).ino, before, "the build leaves alone what wrangler runs from");
      left = processes();
    } finally {
      wrangler.kill("SIGINT");
      supabase.kill("SIGINT");
    }
    await assertNothingLeft(left, [port, supabasePort]);
  });

  test("npm start names the port that is in use, and starts nothing", { timeout: 60000 }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const script = spawn(process.execPath, [join(root, "scripts", "start.mjs"), "--port", String(port)]);
    let said = "";
    script.stderr.on("data", (chunk) => (said += chunk));
    const [code] = await once(script, "exit");
    server.close();
    assert.equal(code, 1);
    assert.match(said, new RegExp(`Port ${port} is in use by process ${process.pid} .*--port`));
  });
}
