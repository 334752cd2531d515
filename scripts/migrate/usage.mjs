/** What `npm run migrate -- --help` prints. */
export const usage = `npm run migrate -- --from d1 --to supabase [options]

Copies functions, modules, bundles, history, idempotency keys and the clock's claims from a deployment's D1 and R2 to a Supabase project, whose tables
are there already (npx supabase@3.1.0 db push --remote). Nothing is changed or removed where it comes from.

A function appears in Supabase when all its bytes are there and have their hashes, whole, in one transaction. Interrupted anywhere, the same command
goes on; run again after more changes, it copies those. At the end both sides are counted and compared.

  --config FILE      wrangler's configuration that binds DB and ARTIFACTS (default wrangler.toml)
  --local FOLDER     read the state that wrangler dev keeps (default .wrangler/state/v3); this is what happens unless --remote is given
  --remote           read the deployed database and bucket, by wrangler's remote bindings, as whoever wrangler is logged in as

SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY say where to; without them it is the local Supabase on port 54321.
`;
