import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../setup/paths.mjs";
import { localVariables } from "../start/local-supabase.mjs";
import { move } from "./move.mjs";
import { openSource } from "./source.mjs";
import { openTarget } from "./target.mjs";
import { usage } from "./usage.mjs";

function options() {
  const { values } = parseArgs({
    options: {
      from: { type: "string" },
      to: { type: "string" },
      config: { type: "string", default: join(root, "wrangler.toml") },
      local: { type: "string", default: join(root, ".wrangler", "state", "v3") },
      remote: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (values.from !== "d1" || values.to !== "supabase")
    throw new Error("expected --from d1 --to supabase: there is no other way");
  if (!values.remote && !existsSync(values.local))
    throw new Error(`${values.local} is not there: nothing was kept by wrangler dev yet`);
  return values;
}

let given;
try {
  given = options();
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exit(2);
}
const local = localVariables(54321);
const { SUPABASE_URL = local.SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY = local.SUPABASE_SERVICE_ROLE_KEY } = process.env;
const source = await openSource({ config: resolve(given.config), local: resolve(given.local), remote: given.remote });
try {
  const problems = await move(source, openTarget(SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY), (text) => console.log(text));
  for (const problem of problems) console.error(`✗ ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log("✓ everything is there, by count and by hash");
} catch (error) {
  console.error(`✗ ${error.message}\nNothing is lost: run the same command again.`);
  process.exitCode = 1;
} finally {
  await source.close();
}
