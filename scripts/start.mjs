// npm start: set-up, build, local Supabase, wrangler dev; Ctrl-C stops all of it.
import { enter } from "./setup/enter.mjs";

if (process.argv.includes("--help")) {
  const { usage } = await import("./start/usage.mjs");
  console.log(usage);
} else {
  await enter("start", () => import("./start/main.mjs"));
}
