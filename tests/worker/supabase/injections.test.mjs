// Hostile text in every parameter, on Supabase.
import { testInjections } from "../product/injections.mjs";
import { startPlatformOnSupabase } from "./platform.mjs";

testInjections(async () => {
  const change = ({ ratelimits: _, ...options }) => options;
  const worker = await startPlatformOnSupabase({ FUNCTIONS_PER_USER: "1000" }, { change });
  await worker.server.db.exec("update hashi.quota set functions = 1000");
  return { ...worker, owner: worker.user(), other: worker.user() };
});
