// The npm packages of package-lock.json.
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../exec.mjs";
import { root, which } from "../paths.mjs";

const folder = join(root, "node_modules");
// Written last, and gone with the folder: an interrupted install has no stamp.
const stamp = join(folder, ".installed-from");

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
    rmSync(folder, { recursive: true, force: true });
    // Not `npm ci`: it refuses a lock file in which other systems' optional programs (workerd, biome) are missing, and
    // they are missing wherever the registry at hand has none for those systems. Versions and hashes still come from
    // the lock file, which --no-save leaves as it is. No package needs its install script, so none is run.
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    await context.run("npm", ["install", "--no-save", "--ignore-scripts", ...quiet]);
    writeFileSync(stamp, state);
  },
  remedy: "look whether npm reaches its registry (npm ping), then start again",
};
