// Starts the real workerd with nothing in between: no wrangler, no proxy.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import workerd from "workerd";

const compatibilityDate = "2026-11-01";

function config(wasm, vars, loader) {
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
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** The port at which a workerd listens, as soon as it does: it is told with `--control-fd=3` to say so at that descriptor. */
export function listening(child) {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`workerd ended at once, with ${code}`)));
    createInterface({ input: child.stdio[3] }).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen" && socket === "http") resolve(port);
    });
  });
}

const running = new Set();

/** Ends every workerd that is still there; for the end of the harness, whatever ends it. */
export function stopAll() {
  for (const child of running) child.kill("SIGKILL");
}

/** A fresh process that serves what `bundle` made, with the variables `vars`, at a port that is free. */
export async function start({ folder, wasm, loader = false }, vars) {
  const file = join(folder, "config.capnp");
  writeFileSync(file, config(wasm, vars, loader));
  const child = spawn(workerd.default, ["serve", "--control-fd=3", ...(loader ? ["--experimental"] : []), file], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  running.add(child);
  // What a Worker logs comes here; the end of it explains a failure.
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let port;
  try {
    port = await listening(child);
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
