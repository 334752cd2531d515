/** Loads seed files once: `table.csv` with COPY into public.table, `*.sql` as it is. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { identifier } from "./sql.mjs";

/** Loads the files that this database has not had yet; a file is known by its name. */
export async function loadSeeds(database, files) {
  const { rows } = await database.query("select path from supabase_migrations.seed_files");
  const loaded = new Set(rows.map(({ path }) => path));
  for (const file of files) {
    const name = basename(file);
    if (loaded.has(name)) continue;
    const text = readFileSync(file, "utf8");
    const hash = createHash("sha256").update(text).digest("hex");
    try {
      await database.transaction(async (connection) => {
        if (extname(file) === ".csv") await copy(connection, basename(file, ".csv"), text);
        else await connection.exec(text);
        await connection.query("insert into supabase_migrations.seed_files (path, hash) values ($1, $2)", [name, hash]);
      });
    } catch (error) {
      throw new Error(`${file} could not be loaded: ${error.message}`, { cause: error });
    }
  }
}

async function copy(connection, table, text) {
  const columns = text.slice(0, text.indexOf("\n")).trim().split(",").map(identifier).join(", ");
  await connection.copy(
    `copy public.${identifier(table)} (${columns}) from '/dev/blob' with (format csv, header true)`,
    text,
  );
  await connection.exec(`analyze public.${identifier(table)}`);
}
