// Which steps each command needs, in order.
import { cargoDeny, wasmBindgen } from "./steps/cargo-tool.mjs";
import { chromium } from "./steps/chromium.mjs";
import { clang } from "./steps/clang.mjs";
import { node } from "./steps/node.mjs";
import { keptPackages, packages } from "./steps/packages.mjs";
import { postgres } from "./steps/postgres.mjs";
import { rust, rustup } from "./steps/rust.mjs";
import { supabaseCli } from "./steps/supabase-cli.mjs";
import { cc, curl, disk, git } from "./steps/system.mjs";

/** The steps for a purpose: "bare", "node", "build" (wrangler's [build] command), "start", "sqlite", "bench", "check" or "test". */
export function stepsFor(purpose) {
  const scripts = [disk, git, node, packages];
  const buildWith = (npm) => [disk, git, cc, rustup, rust, node, npm, wasmBindgen()];
  const build = buildWith(packages);
  switch (purpose) {
    case "bare":
      return [node];
    case "node":
      return scripts;
    case "build":
      return buildWith(keptPackages);
    case "start":
      return build;
    case "sqlite":
      return [...build, clang];
    case "bench":
      return [...build, clang, chromium];
    case "check":
      return [...build, clang, cargoDeny()];
    case "test":
      return [...build, clang, cargoDeny(), curl, chromium, postgres, supabaseCli];
    default:
      throw new Error(`no steps are known for ${purpose}`);
  }
}
