/** `/auth/v1`. */
import { json } from "../http.mjs";

export async function handleAuth(server, message, url, path) {
  if (path === ".well-known/jwks.json") return json(200, server.tokens.jwks());
  return json(404, { code: 404, msg: "not found" });
}
