// The npm packages of package-lock.json.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, which } from "../paths.mjs";
import { SetupError } from "../exec.mjs";

// Inside node_modules, which `npm ci` deletes first: an interrupted install has no stamp.
const stamp = join(root, "node_modules", ".installed-from");

function wanted() {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lockfile).digest("hex")} ${process.platform}-${process.arch}\n`;
}

function found() {
  try {
    return readFileSync(stamp, "utf8");
  } catch (_) {
    return undefined;
  }
}

/** node_modules exactly as package-lock.json says. */
export const packages = {
  name: "npm packages",
  done: () => found() === wanted(),
  async run(context) {
    if (!which("npm")) throw new SetupError("npm is missing", "install npm (Debian, Ubuntu: sudo apt-get install npm)");
    const state = wanted();
    // No package here needs its install script (workerd and esbuild bring their programs as optional packages), so
    // none runs: the same on every npm, and nothing of a stranger's is executed at install.
    await context.run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
    writeFileSync(stamp, state);
  },
  remedy: "look whether npm reaches its registry (npm ping), then start again",
};
