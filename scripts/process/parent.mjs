import { readFileSync } from "node:fs";
import { againMark } from "../setup/enter.mjs";

/** The parent of a process, or undefined if it has ended or can't be seen (Linux only). */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function isNpm(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("npm");
  } catch {
    return false;
  }
}

/** The processes from this one's parent up to npm; only the parent where npm can't be seen. */
function chainToNpm() {
  const chain = [process.ppid];
  // npm → sh → an old Node → this one is the longest there is.
  while (chain.length < 4 && !isNpm(chain.at(-1))) chain.push(parentOf(chain.at(-1)) ?? 0);
  return isNpm(chain.at(-1)) ? chain : [process.ppid];
}

/**
 * Calls `gone` when the process that started this one ends. Only where that is npm or an older Node that started the
 * script again: a shell may well close before a server that it started in the background.
 */
export function watchParent(gone) {
  if (!process.env[againMark] && !process.env.npm_lifecycle_event) return;
  const chain = chainToNpm();
  const isWhole = () => process.ppid === chain[0] && chain.slice(1).every((parent, i) => parentOf(chain[i]) === parent);
  const timer = setInterval(() => {
    if (isWhole()) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}
