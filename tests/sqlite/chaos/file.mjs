// Opens an exported database with another SQLite, Node's own.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What that SQLite finds wrong with the file, or different from `contents`, as sentences. */
export function inspect(file, contents) {
  const folder = mkdtempSync(join(tmpdir(), "hashi-chaos-"));
  try {
    const path = join(folder, "exported.db");
    writeFileSync(path, file);
    const db = new DatabaseSync(path, { readOnly: true });
    const found = [];
    const checked = db
      .prepare("PRAGMA integrity_check")
      .all()
      .map((row) => row.integrity_check);
    if (checked.join() !== "ok") found.push(`exported file, integrity_check: ${checked.slice(0, 5).join("; ")}`);
    const { n } = db.prepare("SELECT count(*) AS n FROM entry").get();
    const expected = contents.entries.reduce((sum, [, count]) => sum + count, 0);
    if (n !== expected) found.push(`exported file: ${n} entries, the database has ${expected}`);
    db.close();
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
