// The tests' own tool, built once: it makes the modules on which metering is tested.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../scripts/setup/paths.mjs";

let built;

function binary() {
  if (!built) {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] };
    const build = ["build", "--profile", "tools", "--package", "metering-rig", "--message-format=json", "--quiet"];
    const messages = execFileSync("cargo", build, options).trim().split("\n");
    const artifacts = messages.map((line) => JSON.parse(line)).filter((message) => message.executable);
    built = artifacts.find((message) => message.target.name === "metering-rig").executable;
  }
  return built;
}

/** A folder that is removed when the process ends, filled by the rig. */
export function rig(command, ...args) {
  const folder = mkdtempSync(join(tmpdir(), "hashi-metering-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(binary(), [command, folder, ...args], { stdio: "inherit" });
  return folder;
}

/** The modules that the rig makes of `files`, compiled: `{name: {plain, owner, sharer, refusal?}}`. */
export function meter(...files) {
  const modules = JSON.parse(readFileSync(join(rig("meter", ...files), "modules.json"), "utf8"));
  for (const entry of Object.values(modules)) {
    for (const kind of ["plain", "owner", "sharer"]) {
      if (entry[kind]) entry[kind] = new WebAssembly.Module(Buffer.from(entry[kind], "base64"));
    }
  }
  return modules;
}
