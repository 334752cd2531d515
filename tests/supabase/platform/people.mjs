/** Who the tests call as. */
import { clientFor } from "../fixtures/server.mjs";

/**
 * The callers of the access table: nobody, a stranger, an owner, an admin, the service role.
 *
 * @returns {Promise<{ nobody: object, bob: object, ann: object, root: object, service: object }>} supabase-js clients; users have `id` and `token`
 */
export async function people(server) {
  const service = clientFor(server.url, server.serviceRoleKey);
  const [bob, ann, root] = [await somebody(server), await somebody(server), await somebody(server, { role: "admin" })];
  return { nobody: clientFor(server.url, server.anonKey), bob, ann, root, service };
}

/** A new user, signed in. */
export async function somebody(server, app_metadata) {
  const service = clientFor(server.url, server.serviceRoleKey);
  const credentials = { email: `${name()}@example.org`, password: "correct horse" };
  await data(service.auth.admin.createUser({ ...credentials, email_confirm: true, app_metadata }));
  return signIn(server, credentials);
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

/** A function that `by` makes. */
export const make = async (by, settings = {}) =>
  (await data(by.rpc("create_function", { function: { name: name(), ...settings } }))).made;

/** Stores a module's bytes as the platform does, and gives the module that may be noted then. */
export async function stored(service, function_id, { sha256 = hash(), size = 1 } = {}) {
  await data(service.storage.from("private_uploads").upload(`modules/${sha256}/${function_id}`, "x".repeat(size)));
  return { sha256, size, kind: "core" };
}

/** Adds a module to a function, as an upload by `by`. */
export async function upload(service, by, function_id, { activate = true, ...module } = {}) {
  return data(by.rpc("add_module", { function_id, module: await stored(service, function_id, module), activate }));
}

/** A function as the table has it, whoever may read it. */
export const row = async (service, id) => (await data(service.from("functions").select().eq("id", id)))[0];

/** The code of an answer that is an error. */
export const code = ({ error }) => error?.code;

/** The answer's data; throws its error. */
export async function data(answer) {
  const { data, error } = await answer;
  if (error) throw new Error(`${error.code}: ${error.message}`);
  return data;
}
