import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** The files below a folder, as paths relative to it. */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/**
 * Makes `folder` hold exactly what `made` holds, and removes `made`. File by file: a `wrangler dev` that watches the
 * folder never sees it missing, and isn't woken for a file that did not change.
 */
export function replaceFolder(made, folder) {
  const files = filesIn(made);
  for (const file of filesIn(folder)) if (!files.includes(file)) rmSync(join(folder, file));
  for (const file of files) {
    const to = join(folder, file);
    mkdirSync(dirname(to), { recursive: true });
    if (!existsSync(to) || !readFileSync(to).equals(readFileSync(join(made, file)))) renameSync(join(made, file), to);
  }
  rmSync(made, { recursive: true });
}
