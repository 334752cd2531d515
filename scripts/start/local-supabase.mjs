// The values that every local Supabase has. They are public: nothing that anyone can reach may use them.
import { createHmac } from "node:crypto";

/** The secret that the Supabase CLI's local stack signs with, too. */
export const jwtSecret = "super-secret-jwt-token-with-at-least-32-characters-long";

function key(role) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ iss: "supabase-demo", role, exp: 1983812996 })}`;
  return `${signed}.${createHmac("sha256", jwtSecret).update(signed).digest("base64url")}`;
}

/** The API key of callers who are not signed in. */
export const anonKey = key("anon");

/** The API key that is past every policy. */
export const serviceRoleKey = key("service_role");

/** The Worker's variables for the local Supabase on `port`. */
export function localVariables(port) {
  return {
    SUPABASE_URL: `http://127.0.0.1:${port}`,
    SUPABASE_ANON_KEY: anonKey,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
    SUPABASE_JWT_SECRET: jwtSecret,
  };
}
