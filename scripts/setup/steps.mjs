// Which steps each command needs, in order.
import { cargoDeny, wasmBindgen } from "./steps/cargo-tool.mjs";
import { chromium } from "./steps/chromium.mjs";
import { clang } from "./steps/clang.mjs";
import { node } from "./steps/node.mjs";
import { packages } from "./steps/packages.mjs";
import { postgres } from "./steps/postgres.mjs";
import { rust, rustup } from "./steps/rust.mjs";
import { cc, disk, git } from "./steps/system.mjs";

/** The steps for a purpose: "bare", "node", "build", "start", "sqlite", "bench", "check" or "test". */
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
    case "sqlite":
      return [...build, clang];
    case "bench":
      return [...build, clang, chromium];
    case "check":
      return [...build, clang, cargoDeny()];
    case "test":
      return [...build, clang, cargoDeny(), chromium, postgres];
    default:
      throw new Error(`no steps are known for ${purpose}`);
  }
}
