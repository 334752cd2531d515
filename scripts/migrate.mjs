// Moves a deployment from D1 and R2 to Supabase.
import { enter } from "./setup/enter.mjs";

enter("node", () => import("./migrate/main.mjs"));
