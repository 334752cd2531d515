// CPU time of a process, all of its threads.
import { readdirSync, readFileSync } from "node:fs";

const tick = 1e9 / 100;

/** Nanoseconds that each thread of a process has run; the kernel's scheduler keeps them exactly. */
function threads(pid) {
  const times = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      times.set(thread, Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]));
    } catch (error) {
      // A thread may end between the listing and the reading.
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    }
  }
  return times;
}

/** User and system time of a process in ticks of 10 ms, for kernels without schedstat. */
function ticks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tick;
}

/** Nanoseconds of CPU time that a process has spent since it was started. */
export function cpuTotal(pid) {
  const spent = [...threads(pid).values()].reduce((sum, time) => sum + time, 0);
  // Zero: this kernel doesn't count.
  return spent === 0 ? ticks(pid) : spent;
}

/** A clock of a process's CPU time: call the result for the nanoseconds since. */
export function cpuClock(pid) {
  const before = threads(pid);
  if ([...before.values()].every((time) => time === 0)) {
    const start = ticks(pid);
    return () => ticks(pid) - start;
  }
  return () => {
    let spent = 0;
    for (const [thread, time] of threads(pid)) spent += time - (before.get(thread) ?? 0);
    return spent;
  };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kilobytes[1]) * 1024;
}
