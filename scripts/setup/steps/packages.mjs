// The npm packages of package-lock.json.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../exec.mjs";
import { root, which } from "../paths.mjs";

const platform = `${process.platform}-${process.arch}`;

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (_) {
    return undefined;
  }
}

/** Whether a package of the lock file is for a machine like this. */
function isForHere({ os, cpu, libc }) {
  const allows = (list, own) => !list || list.indexOf(own) >= 0;
  return allows(os, process.platform) && allows(cpu, process.arch) && !(libc && libc.indexOf("glibc") < 0);
}

/** Whether npm may not leave it out. What is optional and for every system takes the place of a program that isn't there for this one. */
function isOwed(entry) {
  return !entry.optional || (Boolean(entry.os || entry.cpu) && isForHere(entry));
}

/** Whether npm itself, which notes what it installs, has installed what the lock file says; so does a plain `npm ci`. */
function isInstalled(wanted, noted) {
  const there = noted.packages || {};
  return Object.keys(wanted.packages).every((path) => {
    const entry = wanted.packages[path];
    const found = there[path];
    if (path === "" || (!found && !isOwed(entry))) return true;
    return Boolean(found) && found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** The step for the project at `home`. With `keep` it installs only where nothing is, and else says what to do. */
export function packagesIn(home, keep) {
  const folder = join(home, "node_modules");
  // Written last, and gone with the folder: an interrupted install has no stamp.
  const stamp = join(folder, ".installed-from");
  const lockfile = () => readFileSync(join(home, "package-lock.json"), "utf8");
  const wanted = () => `${createHash("sha256").update(lockfile()).digest("hex")} ${platform}\n`;

  return {
    name: "npm packages",
    done() {
      if (read(stamp) === wanted()) return true;
      const noted = read(join(folder, ".package-lock.json"));
      return noted !== undefined && isInstalled(JSON.parse(lockfile()), JSON.parse(noted));
    },
    async run(context) {
      if (keep && existsSync(folder))
        throw new SetupError("node_modules is not what package-lock.json says", "stop what runs from it, then: npm ci");
      if (!which("npm"))
        throw new SetupError("npm is missing", "install npm (Debian, Ubuntu: sudo apt-get install npm)");
      const state = wanted();
      rmSync(folder, { recursive: true, force: true });
      // Not `npm ci`: it refuses a lock file in which other systems' optional programs (workerd, biome) are missing, and
      // they are missing wherever the registry at hand has none for those systems. Versions and hashes still come from
      // the lock file, which --no-save leaves as it is. No package needs its install script, so none is run.
      const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
      await context.run("npm", ["install", "--no-save", "--ignore-scripts", ...quiet], { cwd: home });
      writeFileSync(stamp, state);
    },
    remedy: "look whether npm reaches its registry (npm ping), then start again",
  };
}

/** node_modules exactly as package-lock.json says. */
export const packages = packagesIn(root, false);

/** The same for wrangler's [build] command, under which wrangler runs from that very folder. */
export const keptPackages = packagesIn(root, true);
