/** Temporary folders that go with the process that made them. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Makes a folder of this process in `parent`, its name beginning with `prefix`. Those that killed processes left there are removed first. */
export function processFolder(parent, prefix) {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(`${prefix}-`))) {
    const pid = /^(\d+)-/.exec(name.slice(prefix.length + 1))?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `${prefix}-${process.pid}-`));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
