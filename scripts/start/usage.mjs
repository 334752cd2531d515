/** What `npm start -- --help` prints. */
export const usage = `npm start -- [options]

Sets up what is missing, builds the Worker, starts a local Supabase and wrangler dev, and says what to try.

  --port N           the Worker's port (default 8787; also PORT=N)
  --supabase-port N  the local Supabase's port (default 54321; also SUPABASE_PORT=N)
  --store NAME       where functions, their modules and their history are kept: d1 (default; with R2) or supabase
  --data FOLDER      where the local Supabase keeps its data (default .supabase)
  --env-file FILE    the settings (default .dev.vars)
  --quick            a faster, less optimised build, for a short edit loop

Values in .dev.vars win over those that npm start sets. With a SUPABASE_URL there, no local Supabase is started.
`;
