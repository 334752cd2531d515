/** Plain PostgreSQL, Debian's package, in a folder of its own: started for a test and gone with it. */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresFolder } from "../../../scripts/setup/steps/postgres.mjs";
import { processFolder } from "./process-folder.mjs";

/** The folder with initdb and postgres; undefined if this machine has none. */
export { postgresFolder as findPostgres } from "../../../scripts/setup/steps/postgres.mjs";

/** Postgres refuses to run as root: there it runs as the system's user postgres, or nobody. */
function user() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const [, uid, gid] =
      new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, "m").exec(readFileSync("/etc/passwd", "utf8")) ?? [];
    if (uid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("PostgreSQL doesn't run as root, and the system has neither a user postgres nor nobody");
}

/**
 * Starts a fresh cluster that listens on a socket in its folder alone.
 *
 * @param {{ superuser?: string }} [options] the role that it begins with
 * @returns {Promise<{ host: string, version: string, stop(): Promise<void> }>}
 * @throws an Error with what Postgres said if it doesn't start
 */
export async function startPostgres({ superuser = "postgres" } = {}) {
  const bin = postgresFolder();
  if (!bin) throw new Error("PostgreSQL is not installed; Debian, Ubuntu: sudo apt-get install postgresql");
  const as = user();
  const folder = processFolder(tmpdir(), "hashi-postgres");
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (as.uid !== undefined) for (const path of [folder, data]) chownSync(path, as.uid, as.gid);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    { ...as, cwd: folder, encoding: "utf8" },
  );
  if (initdb.status !== 0) {
    remove();
    throw new Error(`initdb failed: ${initdb.stderr}`);
  }
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "synchronous_commit=off"];
  // Beside the server waits a shell for the end of its input: whatever ends this process, the server ends with it.
  const script = 'exec 3<&0; (while read -r _; do :; done <&3; kill -INT $$ 2>&-) & exec "$@" 3<&-';
  const args = [
    "-c",
    script,
    "sh",
    join(bin, "postgres"),
    "-D",
    data,
    ...settings.flatMap((setting) => ["-c", setting]),
  ];
  const server = spawn("sh", args, { ...as, cwd: folder, stdio: ["pipe", "ignore", "pipe"] });
  server.stdin.on("error", () => {});
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await ready(server);
  } catch (error) {
    server.stdin.end();
    await ended;
    remove();
    throw error;
  }
  const stop = async () => {
    server.stdin.end();
    await ended;
    remove();
  };
  return { host: folder, version: readFileSync(join(data, "PG_VERSION"), "utf8").trim(), stop };
}

function ready(server) {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (text) => {
      said = (said + text).slice(-10_000);
      if (said.includes("ready to accept connections")) resolve();
    });
    server.once("exit", () => reject(new Error(`PostgreSQL did not start: ${said}`)));
    server.once("error", reject);
  });
}
