// What docs/executor.md says of names that resolve to private addresses: workerd's network, as it is by default, refuses to reach them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import workerd from "workerd";
import { listening } from "../../../bench/harness/workerd.mjs";
import { listen } from "./rig.mjs";

const folder = mkdtempSync(join(tmpdir(), "hashi-network-"));
const upstream = createServer((_, response) => response.end("reached"));
const running = [];
let target;
before(async () => {
  // A name that the machine resolves to its own loopback address.
  target = `http://localhost:${await listen(upstream)}/`;
});
after(() => {
  for (const child of running) child.kill("SIGKILL");
  upstream.closeAllConnections();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a Worker gets at `target`, in a workerd with the further services `services`. */
async function reach(name, services) {
  const script = `export default { async fetch() {
    try { return new Response(await (await fetch("${target}")).text()); } catch (error) { return new Response("refused"); }
  } };`;
  writeFileSync(join(folder, `${name}.js`), script);
  writeFileSync(
    join(folder, `${name}.capnp`),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "main", esModule = embed "${name}.js")], compatibilityDate = "2026-11-01")),
    ${services}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`,
  );
  const child = spawn(workerd.default, ["serve", "--control-fd=3", join(folder, `${name}.capnp`)], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  running.push(child);
  return (await fetch(`http://127.0.0.1:${await listening(child)}/`)).text();
}

test("a name that resolves to a private address is not reached by the default network", async () => {
  assert.equal(await reach("default", ""), "refused");
});

test("a network that allows private addresses reaches it: what is refused is the address", async () => {
  assert.equal(await reach("open", '(name = "internet", network = (allow = ["public", "private"])),'), "reached");
});
