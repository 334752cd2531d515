/** A database with the ownership and the rights of a hosted project, at a URL, so that Supabase's own CLI can be pointed at it. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { bootstrap } from "./cluster.mjs";
import { startPostgres } from "./postgres.mjs";

const rights = readFileSync(new URL("./hosted.sql", import.meta.url), "utf8");
/** The cluster's first role, which no hosted project has: nothing but what stands for Supabase itself uses it. */
const FIRST = "platform";

/**
 * Starts one, as an empty project has it.
 *
 * @returns {Promise<{ host: string, superuser: string, url: string, run(user: string, sql: string): Promise<object[]>, stop(): Promise<void> }>}
 *   `url` is a migration's way in, as the role postgres; `run` runs statements as any role and gives the last one's rows
 */
export async function startHosted() {
  const postgres = await startPostgres({ superuser: FIRST });
  const { host } = postgres;
  const run = async (user, sql) => {
    const client = new pg.Client({ host, user, database: "postgres" });
    await client.connect();
    try {
      return [await client.query(sql)].flat().at(-1).rows;
    } finally {
      await client.end();
    }
  };
  // The CLI finds no sockets in folders.
  const door = createServer((caller) => {
    const server = connect(join(host, ".s.PGSQL.5432"));
    caller.pipe(server).pipe(caller);
    caller.on("error", () => server.destroy());
    server.on("error", () => caller.destroy());
  });
  try {
    await run(FIRST, "create role postgres superuser login");
    await run("postgres", bootstrap);
    await run(FIRST, rights);
    await once(door.listen(0, "127.0.0.1"), "listening");
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  const url = `postgresql://postgres@127.0.0.1:${door.address().port}/postgres`;
  const stop = async () => {
    door.close();
    await postgres.stop();
  };
  return { host, superuser: FIRST, url, run, stop };
}
