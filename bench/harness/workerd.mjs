// Starts the real workerd with nothing in between: no wrangler, no proxy.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import workerd from "workerd";

const compatibilityDate = "2026-11-01";

function config(wasm, vars, port, loader) {
  const modules = [
    `(name = "worker.js", esModule = embed "worker.js")`,
    ...wasm.map((file) => `(name = "${file}", wasm = embed "${file}")`),
  ];
  const bindings = Object.entries(vars).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  if (loader) bindings.push(`(name = "LOADER", workerLoader = (id = "isolates"))`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(", ")}],
      compatibilityDate = "${compatibilityDate}",
      bindings = [${bindings.join(", ")}],
    )),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

/** Resolves when something listens at `port`. */
async function listening(port, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`workerd ended at once, with ${child.exitCode}`);
    const open = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        resolve(true);
        socket.destroy();
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const running = new Set();

/** Ends every workerd that is still there; for the end of the harness, whatever ends it. */
export function stopAll() {
  for (const child of running) child.kill("SIGKILL");
}

/** A fresh process that serves what `bundle` made, with the variables `vars`. */
export async function start({ folder, wasm, loader = false }, vars, port) {
  const file = join(folder, "config.capnp");
  writeFileSync(file, config(wasm, vars, port, loader));
  const child = spawn(workerd.default, ["serve", ...(loader ? ["--experimental"] : []), file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  // What a Worker logs comes here; the end of it explains a failure.
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await listening(port, child);
  } catch (error) {
    running.delete(child);
    throw new Error(`${error.message}\n${said}`);
  }
  return {
    pid: child.pid,
    port,
    origin: `http://127.0.0.1:${port}`,
    said: () => said,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      running.delete(child);
    },
  };
}
