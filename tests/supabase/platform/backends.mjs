/** The databases that the platform's SQL is checked on: the local Supabase's PGlite, and plain PostgreSQL. */
import { MIGRATIONS } from "../fixtures/server.mjs";
import { findPostgres, startPostgres } from "../server/postgres.mjs";
import { startSupabase } from "../server/start.mjs";

const absent =
  "PostgreSQL is not installed here, so its half of this test was NOT run; Debian, Ubuntu: sudo apt-get install postgresql";

/** Starts a local Supabase with the project's own migrations on each of them. `skip` says why one can't be. */
export const backends = [
  { name: "PGlite", skip: false, start: () => startSupabase({ migrations: [MIGRATIONS] }) },
  { name: "PostgreSQL", skip: findPostgres() ? false : absent, start: startPlain },
];

async function startPlain() {
  const postgres = await startPostgres();
  try {
    const server = await startSupabase({ migrations: [MIGRATIONS], postgres });
    const close = async () => {
      try {
        await server.close();
      } finally {
        await postgres.stop();
      }
    };
    return { ...server, close };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

for (const { name, skip } of backends) if (skip) console.error(`\n!!! ${name}: ${skip}\n`);
