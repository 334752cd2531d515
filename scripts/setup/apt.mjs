// Installs Debian packages where that is possible without asking for a password.
import { spawnSync } from "node:child_process";
import { which } from "./paths.mjs";
import { SetupError } from "./exec.mjs";

/** The words before apt-get: [] for root, ["sudo", "-n"] with passwordless sudo, undefined where apt can't be used. */
function prefix() {
  if (!which("apt-get")) return undefined;
  if (process.getuid && process.getuid() === 0) return [];
  if (!which("sudo")) return undefined;
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

/** The command a person types for these packages. */
export function aptRemedy(packages) {
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}`;
}

/** Installs packages, after one `apt-get update`. Throws a SetupError with the remedy where it can't. */
export async function aptInstall(context, packages, remedy = `run: ${aptRemedy(packages)}`) {
  const before = prefix();
  if (!before) throw new SetupError(`${packages.join(" and ")} missing, and apt-get can't be used from here`, remedy);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = (args, append) => {
    const words = before.concat("apt-get", "-o", "DPkg::Lock::Timeout=120", args);
    return context.run(words[0], words.slice(1), { env, remedy, append });
  };
  // A broken list of some third party is no reason to stop: the install says what it could not find.
  await apt(["update"], false).catch((error) => context.progress(error.message));
  await apt(["install", "-y", "--no-install-recommends"].concat(packages), true);
}
