// A lock file that only one live process holds; the lock of a dead one is taken over.
import { linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { remove } from "./remove.mjs";

/** When a process started, in clock ticks since boot: tells a live owner from a reused process id. Linux only. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (_) {
    return "";
  }
}

/** Whether the owner that a lock names is gone; a lock that isn't there has none. */
function isDead(owner) {
  if (owner === undefined) return false;
  const [number, started = ""] = owner.split(" ");
  const pid = Number(number);
  if (!Number.isInteger(pid) || pid < 1) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return true;
  }
  return started !== "" && startTime(pid) !== "" && startTime(pid) !== started;
}

function read(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (_) {
    return undefined;
  }
}

/** Tries to take the lock; returns undefined if it is ours now, else the process id of the live owner. */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const claim = `${file}.${process.pid}`;
  const mine = `${process.pid} ${startTime(process.pid)}`;
  writeFileSync(claim, mine);
  try {
    // Three rounds: one may go to the removal of a dead owner's lock, one to that of a dead remover.
    for (let round = 0; round < 3; round += 1) {
      try {
        // link is atomic and fails if the lock exists, and the file is never seen half written.
        linkSync(claim, file);
        return undefined;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const owner = read(file);
      if (owner !== undefined && !isDead(owner)) return Number(owner.split(" ")[0]);
      removeDead(file, claim);
    }
    return Number((read(file) || "0").split(" ")[0]);
  } finally {
    remove(claim);
  }
}

/** Removes a dead owner's lock. Only who holds the file beside it removes, so nobody's can have taken the dead one's place since it was read. */
function removeDead(file, claim) {
  const guard = `${file}.removing`;
  try {
    linkSync(claim, guard);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    // Whoever holds it needs a moment, unless it died.
    if (isDead(read(guard))) remove(guard);
    return;
  }
  try {
    if (isDead(read(file))) remove(file);
  } finally {
    remove(guard);
  }
}

/** Lets go of the lock if it is ours. */
export function unlock(file) {
  if ((read(file) || "").split(" ")[0] === String(process.pid)) remove(file);
}

/** Waits for the lock, then resolves; `waiting(pid)` is called once if another process holds it. */
export async function lock(file, waiting, pause = 200) {
  let told = false;
  for (;;) {
    const owner = tryLock(file);
    if (owner === undefined) break;
    if (!told && waiting) waiting(owner);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  process.once("exit", () => unlock(file));
}
