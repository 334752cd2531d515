/** Plain PostgreSQL, Debian's package, in a folder of its own: started for a test and gone with it. */
import { spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Where Debian keeps what each version brings, and where others have it. */
function folders() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((left, right) => Number(right) - Number(left)) : [];
  return [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
}

/** The folder with initdb and postgres; undefined if this machine has none. */
export function findPostgres() {
  return folders().find((folder) => ["initdb", "postgres"].every((program) => executable(join(folder, program))));
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

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
 * @returns {Promise<{ host: string, version: string, stop(): Promise<void> }>}
 * @throws an Error with what Postgres said if it doesn't start
 */
export async function startPostgres() {
  const bin = findPostgres();
  if (!bin) throw new Error("PostgreSQL is not installed; Debian, Ubuntu: sudo apt-get install postgresql");
  const as = user();
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hashi-postgres-"));
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (as.uid !== undefined) for (const path of [folder, data]) chownSync(path, as.uid, as.gid);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    { ...as, cwd: folder, encoding: "utf8" },
  );
  if (initdb.status !== 0) {
    remove();
    throw new Error(`initdb failed: ${initdb.stderr}`);
  }
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "synchronous_commit=off"];
  const server = spawn(join(bin, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...as,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Whoever ends this process by force leaves no server behind.
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await ready(server);
  } catch (error) {
    kill();
    remove();
    throw error;
  }
  const stop = async () => {
    process.off("exit", kill);
    server.kill("SIGINT");
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
