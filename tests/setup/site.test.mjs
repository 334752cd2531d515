// The server of the repository's folders outlives whatever it is asked for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "../../scripts/site/server.mjs";

let site;
before(async () => {
  site = await startSite({ folders: ["docs"] });
});
after(() => site?.stop());

test("it serves its folders, and nothing else", async () => {
  const status = async (path) => (await fetch(`${site.url}${path}`)).status;
  for (const path of ["/docs/%", "/docs/%zz", "/docs/%ff", "/docs/%00", "/docs/%2e%2e/package.json"])
    assert.equal(await status(path), 404, path);
  assert.equal(await status("/docs/supabase.md"), 200, "the twin");
});
