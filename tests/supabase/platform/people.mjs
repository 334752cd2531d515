/** Who the tests call as. */
import { clientFor } from "../fixtures/server.mjs";

/**
 * The callers of the access table: nobody, a stranger, an owner, an admin, the service role.
 *
 * @returns {Promise<{ nobody: object, bob: object, ann: object, root: object, service: object }>} supabase-js clients; users have `id` and `token`
 */
export async function people(server) {
  const service = clientFor(server.url, server.serviceRoleKey);
  const person = async (name, app_metadata) => {
    const credentials = { email: `${name}@example.org`, password: "correct horse" };
    const made = await service.auth.admin.createUser({ ...credentials, email_confirm: true, app_metadata });
    if (made.error) throw made.error;
    return signIn(server, credentials);
  };
  const bob = await person("bob");
  const ann = await person("ann");
  const root = await person("root", { role: "admin" });
  return { nobody: clientFor(server.url, server.anonKey), bob, ann, root, service };
}

/** A client that is signed in. */
export async function signIn(server, credentials) {
  const client = clientFor(server.url, server.anonKey);
  const { data, error } = await client.auth.signInWithPassword(credentials);
  if (error) throw error;
  return Object.assign(client, { id: data.user.id, token: data.session.access_token, credentials });
}

/** A client with a token of these claims, signed by the project's secret. */
export function withClaims(server, claims) {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = server.tokens.signSymmetric({ aud: "authenticated", role: "authenticated", exp, ...claims });
  return Object.assign(clientFor(server.url, server.anonKey, { accessToken: async () => token }), { token });
}

let count = 0;
/** A name that no other function has. */
export const name = () => `f-${process.pid}-${count++}`;
/** A hash that no other module has. */
export const hash = () => (count++).toString(16).padStart(64, "a");

/** The answer's data; throws its error. */
export async function data(answer) {
  const { data, error } = await answer;
  if (error) throw new Error(`${error.code}: ${error.message}`);
  return data;
}
