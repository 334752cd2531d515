/**
 * Runs the local Supabase until Ctrl-C:
 * `node tests/supabase/local.mjs [--port 54321] [--data .supabase] [--asymmetric]`.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startSupabase } from "./server/start.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Seed files of the project, in order of their names. */
function seedFiles() {
  const folder = join(root, "supabase/seed");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.filter((name) => /\.(csv|sql)$/.test(name)).map((name) => join(folder, name));
}

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "54321" },
      host: { type: "string", default: "127.0.0.1" },
      data: { type: "string", default: join(root, ".supabase") },
      asymmetric: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!(Number.isInteger(port) && port >= 0 && port < 65536))
    throw new Error(`--port is ${values.port}, but must be 0 to 65535`);
  return { port, host: values.host, dataDir: values.data, asymmetric: values.asymmetric };
}

try {
  const running = await startSupabase({
    ...options(),
    migrations: [join(root, "supabase/migrations")],
    seed: seedFiles(),
  });
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await running.close();
      process.exit(0);
    });
  }
  console.log(`Supabase ready at ${running.url} (anon key ${running.anonKey})`);
} catch (error) {
  console.error(`Supabase did not start: ${error.message}`);
  process.exit(1);
}
