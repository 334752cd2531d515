import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { undeployable } from "../deploy/needs.mjs";
import { root } from "../setup/paths.mjs";
import { buildAlone } from "./alone.mjs";
import { buildGlue } from "./glue.mjs";
import { buildPrepare } from "./prepare.mjs";
import { build } from "./wasm.mjs";
import { buildPlatform, buildWorker } from "./worker.mjs";

const usage = `npm run build -- [options]

Compiles a crate of the workspace to wasm32, makes its JavaScript with wasm-bindgen and optimises it with wasm-opt. With the crate hashi
also what the Worker loads other isolates with: build/prepare and build/glue.

  --package NAME   the crate (default hashi), or platform, prepare or glue for one of those alone
  --out FOLDER     where the result goes (default build/worker, else build/NAME)
  --features LIST  cargo features
  --profile NAME   cargo's profile (default release)
  --quick          for a short edit loop: incremental, without link-time optimisation and wasm-opt (also HASHI_QUICK=1)
`;

let given;
try {
  given = parseArgs({
    options: {
      package: { type: "string", default: "hashi" },
      out: { type: "string" },
      features: { type: "string" },
      profile: { type: "string" },
      quick: { type: "boolean", default: process.env.HASHI_QUICK === "1" },
      help: { type: "boolean", default: false },
    },
  }).values;
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exit(2);
}
// Whoever deploys without `npm run deploy` comes by here, too.
const wrong = undeployable(readFileSync(join(root, "wrangler.toml"), "utf8"), process.env.WRANGLER_COMMAND);
if (wrong) {
  console.error(wrong);
  process.exit(1);
}
if (given.help) {
  console.log(usage);
} else {
  await buildAlone(() => {
    if (given.package === "glue") return buildGlue();
    if (given.package === "prepare") return buildPrepare();
    if (given.package === "platform") return buildPlatform(given);
    return (given.package === "hashi" ? buildWorker : build)(given);
  });
}
