// A local Supabase for a Worker under test, with somebody who signs tokens for the users that the suites make up.
import { createServer } from "node:http";
import { join } from "node:path";
import { startSupabase } from "../../supabase/server/start.mjs";
import { root } from "../harness.mjs";

/**
 * Starts both.
 *
 * @returns {Promise<{ server: object, vars: Record<string, string>, close(): Promise<void> }>} `vars` are what the Worker needs to find them
 */
export async function startLocal() {
  const server = await startSupabase({ migrations: [join(root, "supabase", "migrations")] });
  const signer = createServer((request, response) => {
    const [, sub, role] = request.url.split("/");
    const exp = Math.floor(Date.now() / 1000) + 600;
    const claims = { sub, role: "authenticated", aud: "authenticated", exp, app_metadata: role ? { role } : {} };
    response.end(server.tokens.signSymmetric(claims));
  });
  await new Promise((resolve) => signer.listen(0, "127.0.0.1", resolve));
  const vars = {
    SUPABASE_URL: server.url,
    SUPABASE_ANON_KEY: server.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey,
    TOKENS: `http://127.0.0.1:${signer.address().port}`,
  };
  const close = async () => {
    signer.close().closeAllConnections();
    await server.close();
  };
  return { server, vars, close };
}
