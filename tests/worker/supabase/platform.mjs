// The product on a local Supabase that is its store, with a proxy between them that can fail.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { startSupabase } from "../../supabase/server/start.mjs";
import { root } from "../harness.mjs";
import { client } from "../product/platform.mjs";
import { startProduct } from "../product/product.mjs";
import { startProxy } from "./proxy.mjs";

/**
 * Starts all of it.
 *
 * @param {Record<string, string>} [vars] more of the Worker's variables
 * @param {object} [options] more of what startProduct takes
 * @returns {Promise<object>} the Worker with `api` as in product/platform.mjs, `server` (the Supabase), `proxy`, `user(id, claims)`, `admin(id)`,
 *   `service()`, which sign tokens, and `beside(vars)`, which starts another Worker with `api` on the same proxy
 */
export async function startPlatformOnSupabase(vars = {}, options = {}) {
  const server = await startSupabase({ migrations: [join(root, "supabase", "migrations")] });
  const proxy = await startProxy(server.url);
  const close = async () => {
    await proxy.close();
    await server.close();
  };
  try {
    const start = async (more) => {
      const started = await startProduct({
        ...options,
        supabaseUrl: proxy.url,
        anonKey: server.anonKey,
        vars: {
          STORE: "supabase",
          SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey,
          SUPABASE_JWT_SECRET: server.jwtSecret,
          AUTH_ISSUER: `${server.url}/auth/v1`,
          SUPABASE_TIMEOUT_MS: "5000",
          ...vars,
          ...more,
        },
      });
      return { ...started, api: client(started.url) };
    };
    const worker = await start();
    const token = (claims) => {
      const exp = Math.floor(Date.now() / 1000) + 600;
      const issued = { aud: "authenticated", role: "authenticated", iss: `${server.url}/auth/v1`, exp };
      return server.tokens.signSymmetric({ ...issued, ...claims });
    };
    const stop = async () => {
      await worker.stop();
      await close();
    };
    return {
      ...worker,
      stop,
      server,
      proxy,
      beside: start,
      token,
      user: (sub = randomUUID(), claims = {}) => token({ sub, ...claims }),
      /** Signs a user up, for whom Supabase has a session. */
      signUp: async () => {
        const db = createClient(server.url, server.anonKey, {
          auth: { persistSession: false, autoRefreshToken: false },
        });
        const { data, error } = await db.auth.signUp({
          email: `${randomUUID()}@example.org`,
          password: "correct horse",
        });
        if (error) throw error;
        return { db, id: data.user.id, token: data.session.access_token };
      },
      admin: (sub = randomUUID()) => token({ sub, app_metadata: { role: "admin" } }),
      service: () => token({ role: "service_role", aud: undefined, iss: undefined }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
