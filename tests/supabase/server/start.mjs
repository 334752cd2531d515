/** Starts the local Supabase: Postgres, the REST API, Auth, Storage. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handleAuth } from "./auth/handler.mjs";
import { bootstrap, openFolder } from "./cluster.mjs";
import { Database } from "./database.mjs";
import { gateway } from "./gateway.mjs";
import { listen } from "./http.mjs";
import { generateSigningKey, Tokens } from "./jwt.mjs";
import { applyMigrations } from "./migrations.mjs";
import { PlainDatabase } from "./plain-database.mjs";
import { readCatalog } from "./rest/catalog.mjs";
import { handleRest } from "./rest/handler.mjs";
import { loadSeeds } from "./seed.mjs";
import { Blobs } from "./storage/blobs.mjs";
import { handleStorage } from "./storage/handler.mjs";

/** The secret of every local Supabase project; it protects nothing. */
export const LOCAL_JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";
const API_KEY_EXPIRY = 1983812996;

/**
 * @typedef {object} Options
 * @property {number} [port] 0 (the default) takes a free one
 * @property {string} [host]
 * @property {string} [dataDir] undefined = a temporary folder that is removed at the end
 * @property {{ host: string, database?: string, superuser?: string }} [postgres] an empty database of a plain PostgreSQL, in the place of PGlite
 * @property {boolean} [hosted] `postgres` is what `startHosted` gives, with what was pushed to it: nothing is added
 * @property {string[]} [migrations] folders of `<version>_<name>.sql`
 * @property {string[]} [seed] `.csv` and `.sql` files
 * @property {string} [jwtSecret]
 * @property {boolean} [asymmetric] sign users' tokens by ES256 instead of HS256
 * @property {string[]} [schemas] exposed by the REST API
 * @property {number} [maxRows] the most rows that one answer holds
 * @property {number} [jwtExpiry] seconds that an access token is valid
 */

/**
 * Starts a server.
 *
 * @param {Options} [options]
 * @returns {Promise<{ url: string, anonKey: string, serviceRoleKey: string, jwtSecret: string, db: Database,
 *   tokens: Tokens, reload(): Promise<void>, close(): Promise<void> }>}
 * @throws an Error with a plain sentence: port or folder in use, a migration that changed or fails
 */
export async function startSupabase(options = {}) {
  const {
    port = 0,
    host = "127.0.0.1",
    jwtSecret = LOCAL_JWT_SECRET,
    asymmetric = false,
    schemas = ["public"],
  } = options;
  const state = {
    schemas,
    searchPath: ["public", "extensions"],
    maxRows: options.maxRows ?? 1000,
    jwtExpiry: options.jwtExpiry ?? 3600,
    database: undefined,
    catalog: undefined,
    tokens: undefined,
    url: "",
  };
  let started;
  const ready = new Promise((resolve) => {
    started = resolve;
  });
  const routes = { rest: handleRest, auth: handleAuth, storage: handleStorage };
  const server = await listen(port, host, async (message, url) => {
    await ready;
    return gateway(state, routes, message, url);
  });
  state.url = `http://${host}:${server.address().port}`;
  const cleanup = [() => new Promise((resolve) => server.close(resolve).closeAllConnections())];
  const close = async () => {
    while (cleanup.length > 0) await cleanup.pop()();
  };
  try {
    const folder = await openFolder(options.dataDir, { cluster: !options.postgres });
    cleanup.unshift(() => folder.release());
    state.blobs = new Blobs(join(folder.folder, "storage"));
    state.tokens = new Tokens({ secret: jwtSecret, signingKey: signingKey(folder.folder), asymmetric });
    state.anonKey = apiKey(state.tokens, "anon");
    state.serviceRoleKey = apiKey(state.tokens, "service_role");
    state.database = options.postgres ? new PlainDatabase(options.postgres) : new Database(folder.cluster);
    cleanup.splice(1, 0, () => state.database.close());
    await state.database.ready();
    if (!options.hosted) {
      if (options.postgres) await state.database.exec(bootstrap);
      await applyMigrations(state.database, options.migrations ?? []);
      await loadSeeds(state.database, options.seed ?? []);
    }
    const reload = watchCatalog(state);
    await reload();
    started();
    const { url, anonKey, serviceRoleKey, database: db, tokens } = state;
    return { url, anonKey, serviceRoleKey, jwtSecret, db, tokens, reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads the catalog again after each schema change, and makes requests that come meanwhile wait for it. */
function watchCatalog(state) {
  state.fresh = Promise.resolve();
  const reload = () => {
    const reading = readCatalog(state.database, state.schemas).then((catalog) => {
      state.catalog = catalog;
    });
    state.fresh = reading.catch(() => {});
    return reading;
  };
  let scheduled = false;
  state.database.on("notify", () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      reload().catch(() => {});
    });
  });
  return reload;
}

/** The well-known local API keys, when the secret is the well-known one. */
function apiKey(tokens, role) {
  return tokens.signSymmetric({ iss: "supabase-demo", role, exp: API_KEY_EXPIRY });
}

/** The ES256 key stays with the data, so that tokens outlive a restart. */
function signingKey(folder) {
  const file = join(folder, "signing-key.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const key = generateSigningKey();
  writeFileSync(file, JSON.stringify(key));
  chmodSync(file, 0o600);
  return key;
}
