/** What Supabase's gateway does before a service sees a request: the route, the API key, the caller's token. */
import { json } from "./http.mjs";
import { TokenError } from "./jwt.mjs";

/** These answer without an API key. */
const OPEN = new Set([
  "/auth/v1/.well-known/jwks.json",
  "/auth/v1/health",
  "/auth/v1/verify",
  "/auth/v1/callback",
  "/auth/v1/authorize",
]);

/** Passes a request on to the REST API, Auth or Storage. */
export async function gateway(server, routes, message, url) {
  const [, service, rest] = /^\/(rest|auth|storage)\/v1(?:\/(.*))?$/.exec(url.pathname) ?? [];
  if (!service) return json(404, { message: "no Route matched with those values" });
  const authorization = message.headers.authorization ?? "";
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1];
  // Storage asks for a token itself, because what is public or signed needs none.
  if (service !== "storage" && !OPEN.has(url.pathname)) {
    const refusal = checkApiKey(server, message.headers.apikey ?? url.searchParams.get("apikey"));
    if (refusal) return refusal;
  }
  await server.fresh;
  const path = (rest ?? "").split("/").map(decodeURIComponent);
  const key = message.headers.apikey ?? url.searchParams.get("apikey") ?? "";
  return routes[service](server, message, url, path, bearer ?? key);
}

function checkApiKey(server, key) {
  if (!key) {
    return json(401, {
      message: "No API key found in request",
      hint: "No `apikey` request header or url param was found.",
    });
  }
  try {
    const { role } = server.tokens.verify(key);
    if (role === "anon" || role === "service_role") return undefined;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
  }
  return json(401, {
    message: "Invalid API key",
    hint: "Double check your Supabase `anon` or `service_role` API key.",
  });
}
