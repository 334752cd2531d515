// npm run supabase:reset: removes the local Supabase's data.
import { enter } from "./setup/enter.mjs";

enter("bare", () => import("./supabase-reset/main.mjs"));
