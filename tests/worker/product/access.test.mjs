// The access table over HTTP, on D1 and R2.
import { testAccess } from "./access-table.mjs";
import { admin, service, startPlatform, user } from "./platform.mjs";

testAccess(async () => {
  const worker = await startPlatform();
  const callers = {
    anonymous: undefined,
    other: user("other"),
    owner: user("owner"),
    admin: admin("root"),
    service: service(),
  };
  const forged = user("eve", { user_metadata: { role: "admin" }, role: "admin" });
  return { ...worker, callers, forged };
});
