// The access table over HTTP, on Supabase: the Worker decides, and the database decides once more.
import { randomUUID } from "node:crypto";
import { testAccess } from "../product/access-table.mjs";
import { startPlatformOnSupabase } from "./platform.mjs";

testAccess(async () => {
  const worker = await startPlatformOnSupabase({ FUNCTIONS_PER_USER: "1000" });
  await worker.server.db.exec("update hashi.quota set functions = 1000");
  const callers = {
    anonymous: undefined,
    other: worker.user(),
    owner: worker.user(),
    admin: worker.admin(),
    service: worker.service(),
  };
  // A role of Postgres that is none is refused by the database; the user's own metadata is nobody's word.
  const forged = worker.user(randomUUID(), { user_metadata: { role: "admin" } });
  return { ...worker, callers, forged };
});
