// Measures what a request costs, against raw JS, Hono and workers-rs in the same workerd, and the browser database against its peers.
import { enter } from "./setup/enter.mjs";

await enter("bench", () => import("../bench/main.mjs"));
