/** Applies `supabase/migrations/*.sql` as `supabase db push` does: in order, each once, recorded with its text. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns {{ version: string, name: string, file: string, text: string }[]} in order of their versions */
function readMigrations(folders) {
  const found = [];
  for (const folder of folders) {
    for (const entry of readdirSync(folder).sort()) {
      const [, version, name] = /^(\d+)_(.+)\.sql$/.exec(entry) ?? [];
      if (version)
        found.push({ version, name, file: join(folder, entry), text: readFileSync(join(folder, entry), "utf8") });
    }
  }
  found.sort((left, right) => (left.version < right.version ? -1 : left.version > right.version ? 1 : 0));
  for (let i = 1; i < found.length; i += 1) {
    if (found[i].version !== found[i - 1].version) continue;
    throw new Error(
      `${found[i - 1].file} and ${found[i].file} have the same version. Give one of them a later timestamp.`,
    );
  }
  return found;
}

/**
 * Applies what is new. Each file runs in a transaction of its own, together with its record.
 *
 * @returns {Promise<string[]>} the files that were applied
 * @throws an Error that names the file when one has changed since it was applied, or doesn't run
 */
export async function applyMigrations(database, folders) {
  const { rows } = await database.query(
    "select version, name, statements[1] as text from supabase_migrations.schema_migrations",
  );
  const recorded = new Map(rows.map((row) => [row.version, row]));
  const applied = [];
  for (const { version, name, file, text } of readMigrations(folders)) {
    const before = recorded.get(version);
    if (before && before.text !== text) {
      throw new Error(
        `${file} has changed since it was applied. Put the change into a new migration, or start over with: npm run supabase:reset`,
      );
    }
    if (before) continue;
    try {
      await database.transaction(async (connection) => {
        await connection.exec(text);
        await connection.exec('reset role; set search_path = "$user", public, extensions');
        await connection.query(
          "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, array[$3])",
          [version, name, text],
        );
      });
    } catch (error) {
      throw new Error(`${file} failed: ${error.message}${error.hint ? ` (${error.hint})` : ""}`, { cause: error });
    }
    applied.push(file);
  }
  return applied;
}
