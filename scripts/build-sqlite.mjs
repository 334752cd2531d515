// Builds the browser database's package into build/sqlite/, and the same in few files into build/sqlite-page/.
import { enter } from "./setup/enter.mjs";

enter("sqlite", async () => {
  const { buildAlone } = await import("./build/alone.mjs");
  const { buildSqlite } = await import("./build/sqlite.mjs");
  const { bundleSqlite } = await import("./build/sqlite-page.mjs");
  await buildAlone(async () => {
    await buildSqlite();
    await bundleSqlite();
  });
});
