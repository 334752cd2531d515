/**
 * The databases that the platform's SQL is checked on: the local Supabase's PGlite, plain PostgreSQL, and one with the rights of a hosted project to which
 * Supabase's own CLI pushed.
 */
import { absent as cliAbsent, supabase } from "../cli/cli.mjs";
import { MIGRATIONS } from "../fixtures/server.mjs";
import { startHosted } from "../server/hosted.mjs";
import { findPostgres, startPostgres } from "../server/postgres.mjs";
import { startSupabase } from "../server/start.mjs";

const absent =
  "PostgreSQL is not installed here, so its half of this test was NOT run; Debian, Ubuntu: sudo apt-get install postgresql";

/** Where migrations run as a superuser. Each starts a local Supabase with the project's own; `skip` says why it can't. */
export const backends = [
  { name: "PGlite", skip: false, start: () => startSupabase({ migrations: [MIGRATIONS] }) },
  { name: "PostgreSQL", skip: findPostgres() ? false : absent, start: startPlain },
];

/** Where whatever asks as the role postgres has no more rights than on a hosted project: what `security definer` runs as. */
export const pushed = {
  name: "what Supabase's CLI pushed",
  skip: findPostgres() ? cliAbsent : absent,
  start: () => startOn(startPushed(), { hosted: true }),
};

export const everywhere = [...backends, pushed];

function startPlain() {
  return startOn(startPostgres(), { migrations: [MIGRATIONS] });
}

async function startPushed() {
  const hosted = await startHosted();
  try {
    const { status, said, warned } = await supabase(["db", "push", `--remote=${hosted.url}`, "--yes"]);
    if (status !== 0) throw new Error(`supabase db push: ${JSON.stringify(said)} ${warned}`);
    return hosted;
  } catch (error) {
    await hosted.stop();
    throw error;
  }
}

async function startOn(starting, options) {
  const postgres = await starting;
  try {
    const server = await startSupabase({ ...options, postgres });
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

for (const { name, skip } of everywhere) if (skip) console.error(`\n!!! ${name}: ${skip}\n`);
