// Where a deployment's D1 and R2 are read: page by page, never changed.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = 200;
/** The owners that are no UUIDs; D1 takes no pattern of more than 50 bytes. */
export const STRANGERS = `select distinct owner from functions
  where owner not glob '????????-????-????-????-????????????' or length(replace(owner, '-', '')) <> 32
    or replace(owner, '-', '') glob '*[^0-9a-fA-F]*'`;

/**
 * Opens the bindings DB and ARTIFACTS of a wrangler configuration.
 *
 * @param {{ config: string, local?: string, remote?: boolean }} where
 */
export async function openSource({ config, local, remote = false }) {
  process.env.WRANGLER_SEND_METRICS = "false";
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  const { getPlatformProxy } = createRequire(import.meta.url)("wrangler");
  const own = bindingsOnly(config, remote);
  const proxy = await getPlatformProxy({
    configPath: own.file,
    persist: remote ? false : { path: local },
    remoteBindings: remote,
  });
  const { DB, ARTIFACTS } = proxy.env;
  const close = async () => {
    await proxy.dispose();
    own.remove();
  };
  return { ...reader(DB, ARTIFACTS), close };
}

/** The two bindings alone: wrangler would start everything else that a configuration names, too. */
function bindingsOnly(config, remote) {
  const text = readFileSync(config, "utf8");
  const table = (name) => {
    const found = new RegExp(`^\\[\\[${name}\\]\\]\\n(?:(?!\\[).*\\n?)*`, "m").exec(text);
    if (!found) throw new Error(`${config} has no [[${name}]]`);
    return remote ? `${found[0].trimEnd()}\nremote = true\n` : found[0];
  };
  // Beside the other, so that its relative paths hold.
  const folder = mkdtempSync(join(config, "..", ".migrate-"));
  const file = join(folder, "wrangler.toml");
  const name = /^name\s*=.*$/m.exec(text)?.[0] ?? 'name = "hashi"';
  const date = /^compatibility_date\s*=.*$/m.exec(text)?.[0] ?? 'compatibility_date = "2026-11-01"';
  writeFileSync(file, `${name}\n${date}\n\n${table("d1_databases")}\n${table("r2_buckets")}`);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function reader(database, bucket) {
  const all = async (sql, ...values) =>
    (
      await database
        .prepare(sql)
        .bind(...values)
        .all()
    ).results;
  return {
    /** Functions by id, each as the API shows it with its modules. */
    async *functions() {
      for (let after = ""; ; ) {
        const page = await all(
          `select f.doc, (select json_group_array(json(m.doc)) from module_documents as m where m.function_id = f.id) as modules
           from function_documents as f where f.id > ? order by f.id limit ${PAGE}`,
          after,
        );
        for (const { doc, modules } of page) yield { doc: JSON.parse(doc), modules: JSON.parse(modules) };
        if (page.length < PAGE) return;
        after = JSON.parse(page.at(-1).doc).id;
      }
    },
    /** Executions from the earliest on, as texts of JSON, those after a place. */
    async *executions({ time = "", id = "" } = {}) {
      for (let place = [time, id]; ; ) {
        const page = await all(
          `select started_at, id, doc from execution_documents where (started_at, id) > (?, ?) order by started_at, id limit ${PAGE}`,
          ...place,
        );
        if (page.length > 0)
          yield { docs: page.map(({ doc }) => doc), place: { time: page.at(-1).started_at, id: page.at(-1).id } };
        if (page.length < PAGE) return;
        place = [page.at(-1).started_at, page.at(-1).id];
      }
    },
    keys: () => all("select caller, key, request, json(function) as function, created_at from idempotency_keys"),
    ticks: () => all("select function_id as id, minute from cron_ticks"),
    /** Owners whom Supabase can't know: their ids are no UUIDs. */
    strangers: () => all(STRANGERS),
    async counts() {
      const [counts] = await all(
        `select (select count(*) from functions) as functions, (select count(*) from wasm_modules) as modules,
           (select count(*) from wasm_executions) as executions`,
      );
      return counts;
    },
    /** An object's bytes; undefined if there is none. */
    async object(key) {
      const object = await bucket.get(key);
      return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
    },
  };
}
