// Measures what a request costs, against raw JS, Hono and workers-rs in the same workerd, and the browser database against its peers.
import { enter } from "./setup/enter.mjs";

// By its address: tsc follows names, and would check with the scripts' settings what the benchmarks import from all over.
enter("bench", () => import(new URL("../bench/main.mjs", import.meta.url).href));
