// Process groups: what a child starts is ended with it.
import { readdirSync, readFileSync } from "node:fs";

/** True while a process of the group lives. Zombies don't count: in a container nobody may ever reap them. */
export function groupIsAlive(group) {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  let processes;
  try {
    processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return true;
  }
  return processes.length === 0 || processes.some((pid) => isLivingMember(pid, group));
}

function isLivingMember(pid, group) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(pgrp) === group && state !== "Z" && state !== "X";
  } catch {
    // It ended while we looked.
    return false;
  }
}

/** Sends a signal to all of a group; does nothing if the group is gone. */
export function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Ends groups: SIGTERM, and SIGKILL for what still lives after `patience` ms. Resolves when nothing is left. */
export async function endGroups(groups, patience = 5000) {
  for (const group of groups) signalGroup(group, "SIGTERM");
  const limit = Date.now() + patience;
  let left = groups;
  while (left.length > 0) {
    left = left.filter(groupIsAlive);
    if (Date.now() > limit) for (const group of left) signalGroup(group, "SIGKILL");
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
