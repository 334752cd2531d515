// Builds the browser database's package into build/sqlite/.
import { enter } from "./setup/enter.mjs";

enter("sqlite", async () => {
  const { buildAlone } = await import("./build/alone.mjs");
  const { buildSqlite } = await import("./build/sqlite.mjs");
  await buildAlone(() => buildSqlite());
});
