// npm start: set-up, build, local Supabase, wrangler dev; Ctrl-C stops all of it.
import { enter } from "./setup/enter.mjs";

if (process.argv.includes("--help")) {
  import("./start/usage.mjs").then(({ usage }) => console.log(usage));
} else {
  enter("start", () => import("./start/main.mjs"));
}
