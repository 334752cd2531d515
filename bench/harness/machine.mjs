// What the figures were measured on.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import workerd from "workerd";
import { root, toolEnv } from "../../scripts/setup/paths.mjs";

/** The machine and the versions of what runs on it. */
export function machine() {
  const rustc = execFileSync("rustc", ["--version"], { cwd: root, env: toolEnv(), encoding: "utf8" }).trim();
  const [first, ...more] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { cpu: first.model, cores: more.length + 1, memory, workerd: workerd.version, node: process.version, rustc };
}
