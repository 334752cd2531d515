// Builds the Worker's wasm; wrangler.toml's [build] command. What is up to date is left alone.
import { enter } from "./setup/enter.mjs";

enter("build", () => import("./build/main.mjs"));
