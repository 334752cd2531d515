import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker } from "../build/worker.mjs";
import { Children } from "../process/children.mjs";
import { watchParent } from "../process/parent.mjs";
import { portProblem } from "../process/port.mjs";
import { plain, stopRunning, tail } from "../setup/exec.mjs";
import { logs, root } from "../setup/paths.mjs";
import { Report, seconds } from "../setup/report.mjs";
import { startClock } from "./clock.mjs";
import { devVarNames } from "./dev-vars.mjs";
import { localVariables } from "./local-supabase.mjs";
import { migrateLocal } from "./migrate.mjs";
import { usage } from "./usage.mjs";
import { answers } from "./wait.mjs";

const OWN_SETTINGS = ".dev.vars";

const report = new Report();
const workerLog = join(logs, "wrangler.log");
const began = Date.now();
const children = new Children();
const stopped = new AbortController();
let ready = false;

async function stop(code, why) {
  if (stopped.signal.aborted) return;
  stopped.abort();
  if (why) report.line(why);
  // The build, if it is still at work.
  stopRunning();
  await children.stop();
  process.exit(code);
}

const stopping = "\nStopping …";
// Asked to stop is not an error, once there was something to stop: npm would complain about it.
process.on("SIGINT", () => stop(ready ? 0 : 130, stopping));
process.on("SIGTERM", () => stop(143, stopping));
process.on("SIGHUP", () => stop(129, stopping));
watchParent(() => stop(1));
children.onDeath = (name, how, log) => {
  for (const line of tail(log)) report.line(`  │ ${line}`);
  stop(1, `${name} ${how}; its whole output is in ${log}`);
};

function options() {
  try {
    const given = parseArgs({
      options: {
        port: { type: "string", default: process.env.PORT || "8787" },
        "supabase-port": { type: "string", default: process.env.SUPABASE_PORT || "54321" },
        data: { type: "string", default: ".supabase" },
        "env-file": { type: "string", default: OWN_SETTINGS },
        store: { type: "string", default: process.env.STORE || "d1" },
        quick: { type: "boolean", default: process.env.HASHI_QUICK === "1" },
      },
    }).values;
    for (const name of ["port", "supabase-port"]) {
      const port = Number(given[name]);
      if (!Number.isInteger(port) || port < 1 || port > 65535)
        throw new Error(`--${name} takes 1 to 65535, not ${given[name]}`);
    }
    if (given["env-file"] !== OWN_SETTINGS && !existsSync(resolve(root, given["env-file"])))
      throw new Error(`--env-file takes a file of settings, and there is no ${given["env-file"]}`);
    if (!["d1", "supabase"].includes(given.store)) throw new Error(`--store takes d1 or supabase, not ${given.store}`);
    return given;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Waits for a child's first answer behind a line with its clock; stops everything if none comes. */
async function waitFor(name, url, accept) {
  report.begin(name);
  const problem = await answers(url, { accept, timeout: 180000, signal: stopped.signal });
  if (stopped.signal.aborted) return report.end("✗", "stopped");
  report.end(problem ? "✗" : "✓");
  if (problem) await stop(1, `${url} did not answer as it should: ${problem}`);
}

async function main() {
  const given = options();
  const port = Number(given.port);
  const supabasePort = Number(given["supabase-port"]);
  const own = devVarNames(resolve(root, given["env-file"]));
  const local = !own.has("SUPABASE_URL");
  const problem =
    (await portProblem(port, "PORT=8788 npm start, or npm start -- --port 8788")) ??
    (local && (await portProblem(supabasePort, "npm start -- --supabase-port 54331")));
  if (problem) return stop(1, problem);

  if (given.quick) process.env.HASHI_QUICK = "1";
  await buildWorker({ quick: given.quick, report });
  if (given.store === "d1") await migrateLocal(report);
  if (local) await startSupabase(supabasePort, given.data);
  if (stopped.signal.aborted) return;
  const variables = {
    LOG_FORMAT: "readable",
    STORE: given.store,
    ...(local ? localVariables(supabasePort) : {}),
  };
  await startWorker(port, variables, own, given["env-file"]);
  if (stopped.signal.aborted) return;
  ready = true;
  startClock(`http://127.0.0.1:${port}`, stopped.signal, report);
  sayWhatToTry(`http://localhost:${port}`, local && supabasePort);
}

async function startSupabase(port, data) {
  const program = join(root, "tests", "supabase", "local.mjs");
  if (!existsSync(program)) return stop(1, `${program} is missing: this clone is not complete`);
  children.start("supabase", process.execPath, [program, "--port", String(port), "--data", data]);
  await waitFor("local Supabase", `http://127.0.0.1:${port}/rest/v1/`);
}

async function startWorker(port, variables, own, envFile) {
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  const args = [wrangler, "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  args.push("--show-interactive-dev-session=false");
  // wrangler reads .dev.vars itself where there is one; Node takes this option for its own too, and ends where there is no such file.
  if (envFile !== OWN_SETTINGS) args.push("--env-file", envFile);
  for (const [name, value] of Object.entries(variables)) if (!own.has(name)) args.push("--var", `${name}:${value}`);
  const env = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };
  if (process.stdout.isTTY) env.FORCE_COLOR = "1";
  const onLine = (line) => ready && plain(line).trim() && console.log(line);
  children.start("wrangler", process.execPath, args, { env, onLine });
  const url = `http://127.0.0.1:${port}`;
  // Whatever it answers: settings that can't be used, and a Supabase that is down, are told below, and need no waiting.
  await waitFor("wrangler dev", `${url}/hello`);
  if (stopped.signal.aborted) return;
  const hello = await fetch(`${url}/hello`);
  if (!hello.ok) return stop(1, `The Worker can't be used: ${await hello.text()}\n${tail(workerLog, 5).join("\n")}`);
  const health = await fetch(`${url}/healthz`);
  if (!health.ok) report.line(`  ! Supabase does not answer: ${await health.text()}`);
}

function sayWhatToTry(url, supabasePort) {
  console.log(`
Hashi is up at ${url} (after ${seconds(Date.now() - began)}). Ctrl-C stops it${supabasePort ? ", and the local Supabase" : ""}.

  curl '${url}/earthquake/list?limit=3'
  curl '${url}/earthquake/list?min_magnitude=5&format=geojson'
  curl '${url}/earthquake/stats?by=day'
  curl '${url}/healthz'
  ${supabasePort ? `\nSupabase: http://127.0.0.1:${supabasePort} (its keys: .dev.vars.example). ` : ""}Changes in src/ are built as they are saved.
`);
}

main().catch(async (error) => {
  // Compile errors have been printed by then.
  if (!error.printed && error.log) for (const line of tail(error.log)) report.line(`  │ ${line}`);
  await stop(1, error.remedy === undefined && !error.log ? error.stack : `npm start: ${error.message}`);
});
