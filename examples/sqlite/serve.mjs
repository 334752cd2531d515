// npm run demo:sqlite: builds the browser database and serves the demo.
import { enter } from "../../scripts/setup/enter.mjs";

await enter("sqlite", async () => {
  const [{ buildSqlite }, { startSite }] = await Promise.all([
    import("../../scripts/build/sqlite.mjs"),
    import("../../scripts/site/server.mjs"),
  ]);
  await buildSqlite();
  const port = Number(process.env.PORT ?? 8789);
  const site = await startSite({
    port,
    folders: ["examples/sqlite", "build/sqlite", "node_modules/@tanstack/query-core"],
  });
  console.log(`${site.url}/examples/sqlite/ (Ctrl-C ends it)`);
});
