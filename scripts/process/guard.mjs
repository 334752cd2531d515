// Outlives the script that starts it: when that is gone, however it died, the groups it has not taken back are ended.
// Standard input: a line "+GROUP" for each process group that was started, "-GROUP" for each that has ended.
import { createInterface } from "node:readline";
import { endGroups } from "./group.mjs";

const groups = new Set();
// A Ctrl-C in the terminal is the script's business.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const group = Number(line.slice(1));
  if (line.startsWith("+")) groups.add(group);
  else groups.delete(group);
});
lines.on("close", async () => {
  await endGroups([...groups], 3000);
  process.exit(0);
});
