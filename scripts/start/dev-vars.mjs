import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";

/** The names that the user's .dev.vars sets; it is only ever read. */
export function devVarNames(file = join(root, ".dev.vars")) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return new Set();
    throw error;
  }
  const names = text.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm);
  return new Set(Array.from(names, (found) => found[1]));
}
