// Whether a port is free, and who has it if not.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has no ::1 to be in use.
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** True if nothing listens on the port, on this machine's own addresses or on all. */
export async function isFree(port) {
  for (const host of ["127.0.0.1", "::1", "0.0.0.0", "::"]) if (!(await canListen(port, host))) return false;
  return true;
}

/** The sockets' inode numbers that listen on the port, from /proc/net. */
function listeningInodes(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => {
    try {
      return readFileSync(file, "utf8").split("\n").slice(1);
    } catch {
      return [];
    }
  });
  const cells = rows.map((row) => row.trim().split(/\s+/));
  return cells.filter((cell) => cell[1]?.endsWith(`:${hex}`) && cell[3] === "0A").map((cell) => cell[9]);
}

function holds(pid, links) {
  try {
    const open = readdirSync(`/proc/${pid}/fd`);
    return open.some((fd) => links.includes(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

/** Who listens on the port, as "process 123 (node server.js)", or undefined where that can't be seen. */
export function holder(port) {
  const links = listeningInodes(port).map((inode) => `socket:[${inode}]`);
  if (links.length > 0) {
    const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holds(name, links));
    if (!pid) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    return `process ${pid} (${command.slice(0, 100)})`;
  }
  const lsof = spawnSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { encoding: "utf8" });
  const found = /^p(\d+)\nc(.*)$/m.exec(lsof.stdout ?? "");
  return found ? `process ${found[1]} (${found[2]})` : undefined;
}

/** Undefined if the port is free; else a sentence that names it, its holder and the `remedy`. */
export async function portProblem(port, remedy) {
  if (await isFree(port)) return undefined;
  const who = holder(port);
  return `Port ${port} is in use${who ? ` by ${who}` : ""}. Stop that process, or choose another port: ${remedy}`;
}
