// Which steps each command needs, in order.
import { cargoDeny, wasmBindgen } from "./steps/cargo-tool.mjs";
import { chromium } from "./steps/chromium.mjs";
import { node } from "./steps/node.mjs";
import { packages } from "./steps/packages.mjs";
import { postgres } from "./steps/postgres.mjs";
import { rust, rustup } from "./steps/rust.mjs";
import { cc, disk, git } from "./steps/system.mjs";

/** The steps for a purpose: "bare", "node", "build", "start", "check" or "test". */
export function stepsFor(purpose) {
  const scripts = [disk, git, node, packages];
  const build = [disk, git, cc, rustup, rust, node, packages, wasmBindgen()];
  switch (purpose) {
    case "bare":
      return [node];
    case "node":
      return scripts;
    case "build":
    case "start":
      return build;
    case "check":
      return [...build, cargoDeny()];
    case "test":
      return [...build, cargoDeny(), chromium, postgres];
    default:
      throw new Error(`no steps are known for ${purpose}`);
  }
}
