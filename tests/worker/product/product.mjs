// Starts what users start: the product's Worker, before a local Supabase with the real migrations and the real events.
import { join } from "node:path";
import { startSupabase } from "../../supabase/server/start.mjs";
import { buildCrate, root, startWorker } from "../harness.mjs";

const config = join(root, "wrangler.toml");

/** The Worker alone, before whatever stands at `supabaseUrl`. */
export async function startProduct({ supabaseUrl, anonKey = "anon", vars = {}, ...options }) {
  await buildCrate("hashi");
  return startWorker({ config, vars: { SUPABASE_URL: supabaseUrl, SUPABASE_ANON_KEY: anonKey, ...vars }, ...options });
}

/** The Worker and its Supabase; `migrations` are folders beside the product's own. */
export async function startBoth({ vars, migrations = [] } = {}) {
  const supabase = await startSupabase({
    migrations: [join(root, "supabase", "migrations"), ...migrations],
    seed: [join(root, "supabase", "seed", "earthquake.csv")],
  });
  try {
    const worker = await startProduct({ supabaseUrl: supabase.url, anonKey: supabase.anonKey, vars });
    const stop = async () => {
      await worker.stop();
      await supabase.close();
    };
    return { supabase, worker, stop };
  } catch (error) {
    await supabase.close();
    throw error;
  }
}

/** What a client reads of an answer. */
export async function read(url, options) {
  const response = await fetch(url, options);
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: type.includes("json") && text ? JSON.parse(text) : undefined,
  };
}
