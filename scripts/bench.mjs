// Measures what a request costs, against raw JS, Hono and workers-rs in the same workerd.
import { enter } from "./setup/enter.mjs";

enter("start", () => import("../bench/main.mjs"));
