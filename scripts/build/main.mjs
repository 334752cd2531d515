import { parseArgs } from "node:util";
import { SetupError, stopRunning, tail } from "../setup/exec.mjs";
import { buildGlue } from "./glue.mjs";
import { buildPrepare } from "./prepare.mjs";
import { build } from "./wasm.mjs";
import { buildPlatform, buildWorker } from "./worker.mjs";

const usage = `npm run build -- [options]

Compiles a crate of the workspace to wasm32, makes its JavaScript with wasm-bindgen and optimises it with wasm-opt. With the crate hashi
also what the Worker loads other isolates with: build/prepare and build/glue.

  --package NAME   the crate (default hashi), or prepare or glue for one of those alone
  --out FOLDER     where the result goes (default build/worker, else build/NAME)
  --features LIST  cargo features
  --quick          for a short edit loop: incremental, without link-time optimisation and wasm-opt (also HASHI_QUICK=1)
`;

// What cargo has compiled by then is kept.
for (const [signal, code] of /** @type {const} */ ([
  ["SIGINT", 130],
  ["SIGTERM", 143],
])) {
  process.on(signal, () => {
    stopRunning();
    process.exit(code);
  });
}

let given;
try {
  given = parseArgs({
    options: {
      package: { type: "string", default: "hashi" },
      out: { type: "string" },
      features: { type: "string" },
      quick: { type: "boolean", default: process.env.HASHI_QUICK === "1" },
      help: { type: "boolean", default: false },
    },
  }).values;
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exit(2);
}
if (given.help) {
  console.log(usage);
} else {
  try {
    if (given.package === "glue") await buildGlue();
    else if (given.package === "prepare") await buildPrepare();
    else if (given.package === "platform") await buildPlatform(given);
    else await (given.package === "hashi" ? buildWorker : build)(given);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // Compile errors have been printed by then.
    if (error.log && !error.printed) for (const line of tail(error.log)) console.error(line);
    console.error(`build: ${error.message}${error.remedy ? `\n${error.remedy}` : ""}`);
    process.exitCode = 1;
  }
}
