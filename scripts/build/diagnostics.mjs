import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plain } from "../setup/exec.mjs";
import { logs } from "../setup/paths.mjs";

const chatter =
  /^\s*(Compiling|Downloading|Downloaded|Updating|Locking|Adding|Fresh|Finished|Blocking|Building|Checking|Running|Fetch|\$ cargo|warning: build failed, waiting)/;

/** What rustc has to say in a cargo log: warnings and errors with their colours, without cargo's own progress. */
export function diagnostics(log) {
  const lines = readFileSync(join(logs, `${log}.log`), "utf8").split("\n");
  const said = lines.map((line) => line.slice(line.lastIndexOf("\r") + 1)).filter((line) => !chatter.test(plain(line)));
  return said.join("\n").trim();
}
