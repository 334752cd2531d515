// Starts a Worker in real workerd: bundled by wrangler as a deployment would be, run by miniflare with the bindings of its
// wrangler.toml, and reached through a socket of its own, with no proxy in between that could hide how the Worker behaves.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// Nothing of the tests needs a network, and wrangler asks for one unless it is told.
process.env.WRANGLER_SEND_METRICS = "false";
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Compiles a crate of the workspace into build/, unless it is up to date; options of scripts/build.mjs can follow its name. */
export async function buildCrate(name, ...options) {
  await script(join(root, "scripts", "build.mjs"), ["--package", name, ...options]);
}

/** Compiles the rig, by a profile and so in a folder of its own: with the product's features it would be the same file as the product's. */
export const buildRig = () => buildCrate("rig", "--profile", "rig");

/** Starts the rig, built if need be. */
export async function startRig(options = {}) {
  await buildRig();
  return startWorker({ config: join(root, "tests", "worker", "rig", "wrangler.toml"), ...options });
}

/**
 * Starts the Worker of a wrangler.toml.
 *
 * @param {{ config: string, vars?: Record<string, string>, port?: number, persist?: string, change?: (options: any) => any }} options
 *   `vars` are added to those of the file; the port is a free one if none is given; state is kept in the folder `persist`, or forgotten; what
 *   the file says else can be changed by `change`.
 * @returns {Promise<{
 *   url: string,
 *   port: number,
 *   logs: { level: string, text: string, json: any }[],
 *   pid: number,
 *   memory: () => number,
 *   waitForLog: (found: (line: { level: string, text: string, json: any }) => boolean, ms?: number) => Promise<any>,
 *   stop: () => Promise<void>,
 *   database: (binding: string) => Promise<any>,
 *   bucket: (binding: string) => Promise<any>,
 *   namespace: (binding: string) => Promise<any>,
 *   tick: (time: number) => Promise<string>,
 * }>} `logs` grows with every line that the Worker writes to its console; `json` is the line parsed, if it is JSON.
 *   `database`, `bucket` and `namespace` (of KV) are the Worker's own; `tick` sends it a tick of the clock, and gives `ok` or what went wrong.
 *   `memory` is what the workerd process holds of the machine's memory, in bytes.
 */
export async function startWorker({ config, vars = {}, port = 0, persist, change = (options) => options }) {
  const wrangler = require("wrangler");
  const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = createRequire(require.resolve("wrangler"))(
    "miniflare",
  );
  const bundle = mkdtempSync(join(tmpdir(), "hashi-bundle-"));
  const state = persist ?? join(bundle, "state");
  const logs = [];
  const waiting = new Set();
  const take = ({ level, message }) => {
    const line = { level, text: message, json: parsed(message) };
    logs.push(line);
    for (const look of waiting) look(line);
  };
  try {
    const modules = await bundled(config, bundle);
    const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(config);
    const { modulesRules: _, ...options } = workerOptions;
    options.bindings = { ...options.bindings, ...vars };
    const worker = {
      ...change(options),
      name: options.name ?? "worker",
      rootPath: bundle,
      modules,
      modulesRoot: bundle,
      unsafeDirectSockets: [{ host: "127.0.0.1", port, entrypoint: "default" }],
    };
    const before = children();
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        host: "127.0.0.1",
        port: 0,
        cf: false,
        log: new Log(LogLevel.NONE),
        handleStructuredLogs: take,
        resourcePersistencePath: state,
        workers: [worker],
      }),
    );
    await miniflare.ready;
    await migrate(miniflare, worker);
    const url = (await miniflare.unsafeGetDirectURL(worker.name)).origin;
    const pid = children().find((child) => !before.includes(child));
    const waitForLog = (found, ms = 5000) =>
      new Promise((resolve, reject) => {
        const there = logs.find(found);
        if (there) return resolve(there);
        const look = (line) => {
          if (!found(line)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(line);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(
              `no such log line within ${ms} ms; the last are:\n${logs
                .slice(-10)
                .map((line) => line.text)
                .join("\n")}`,
            ),
          );
        }, ms);
        waiting.add(look);
      });
    const stop = async () => {
      await miniflare.dispose();
      rmSync(bundle, { recursive: true, force: true });
    };
    return {
      url,
      port: Number(new URL(url).port),
      logs,
      pid,
      memory: () => residentBytes(pid),
      waitForLog,
      stop,
      database: (binding) => miniflare.getD1Database(binding, worker.name),
      bucket: (binding) => miniflare.getR2Bucket(binding, worker.name),
      namespace: (binding) => miniflare.getKVNamespace(binding, worker.name),
      tick: async (time) => {
        const { outcome } = await (await miniflare.getWorker(worker.name)).scheduled({ scheduledTime: new Date(time) });
        return outcome;
      },
    };
  } catch (error) {
    rmSync(bundle, { recursive: true, force: true });
    throw error;
  }
}

/** Applies migrations/ to the Worker's databases, as `wrangler d1 migrations apply` would; each once. */
async function migrate(miniflare, worker) {
  const folder = join(root, "migrations");
  for (const binding of Object.keys(worker.d1Databases ?? {})) {
    const database = await miniflare.getD1Database(binding, worker.name);
    await database.prepare("create table if not exists d1_migrations (name text primary key)").run();
    for (const file of readdirSync(folder).sort()) {
      const { results } = await database.prepare("select 1 from d1_migrations where name = ?").bind(file).all();
      if (results.length > 0) continue;
      const statements = readFileSync(join(folder, file), "utf8")
        .replaceAll(/^\s*--.*$/gm, "")
        .split(/;\s*$/m);
      await database.batch([
        ...statements.filter((statement) => statement.trim()).map((statement) => database.prepare(statement)),
        database.prepare("insert into d1_migrations values (?)").bind(file),
      ]);
    }
  }
}

/** The modules that `wrangler deploy` would upload, the main one first. */
async function bundled(config, folder) {
  await script(require.resolve("wrangler"), ["deploy", "--dry-run", "--config", config, "--outdir", folder]);
  const files = readdirSync(folder);
  const main = files.find((file) => file.endsWith(".js"));
  const others = (end, type) =>
    files.filter((file) => file.endsWith(end)).map((file) => ({ type, path: join(folder, file) }));
  return [
    { type: "ESModule", path: join(folder, main) },
    ...others(".wasm", "CompiledWasm"),
    ...others(".bin", "Data"),
  ];
}

/** Runs a script with this Node; what it said is part of the error if it fails. */
async function script(path, args) {
  try {
    await run(process.execPath, [path, ...args], { cwd: root, maxBuffer: 1 << 26 });
  } catch (error) {
    throw new Error(`${path} ${args.join(" ")} failed:\n${error.stdout}${error.stderr}`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The workerd processes that this process started. */
function children() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [name, rest] = [
        stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
        stat.slice(stat.lastIndexOf(")") + 2),
      ];
      return name === "workerd" && Number(rest.split(" ")[1]) === process.pid;
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}

function residentBytes(pid) {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found[1]) * 1024;
}
