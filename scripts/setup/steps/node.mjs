// A Node new enough for wrangler, in the project's own tools folder.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../exec.mjs";
import { isNewEnough, oldestNode, ownNodeBin, tools, which } from "../paths.mjs";
import { remove } from "../remove.mjs";

// The packages that the npm package `node` picks from in its install script. Named directly, no script has to run:
// npm 12 refuses install scripts that nobody allowed.
const packages = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

function ownVersion() {
  const shown = spawnSync(join(ownNodeBin, "node"), ["--version"], { encoding: "utf8" });
  return shown.status === 0 ? shown.stdout.trim() : undefined;
}

/** Node 24 where the running one is older than wrangler allows. */
export const node = {
  name: "Node 24",
  done() {
    if (isNewEnough(process.versions.node)) return `Node ${process.versions.node} runs this`;
    const own = ownVersion();
    return own !== undefined && isNewEnough(own);
  },
  async run(context) {
    const kind = `${process.platform}-${process.arch}`;
    if (packages.indexOf(kind) < 0) throw new SetupError(`there is no packaged Node for ${kind}`);
    if (!which("npm")) throw new SetupError("npm is missing", "install npm (Debian, Ubuntu: sudo apt-get install npm)");
    mkdirSync(tools, { recursive: true });
    // What an interrupted install left behind.
    for (const name of readdirSync(tools)) {
      if (name.startsWith("node.partial")) remove(join(tools, name));
    }
    const partial = join(tools, "node.partial");
    mkdirSync(partial);
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--no-save"];
    // An npm comes along: the one of the old Node need not run under the new one.
    const wanted = [`node-${kind}@24`, "npm@11"];
    await context.run("npm", ["install", "--prefix", partial, ...quiet, ...wanted], { cwd: partial });
    remove(join(tools, "node"));
    renameSync(partial, join(tools, "node"));
  },
  remedy: `install Node ${oldestNode.join(".")} or newer yourself (https://nodejs.org), or look whether npm reaches its registry`,
};
