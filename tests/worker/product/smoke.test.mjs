// npm run smoke against the product: what is well passes, and what is broken is named.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../harness.mjs";
import { startBoth, startProduct } from "./product.mjs";

let both;
before(async () => {
  both = await startBoth();
});
after(() => both?.stop());

const smoke = (...args) =>
  new Promise((resolve) => {
    const script = join(root, "scripts", "smoke", "main.mjs");
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });

test("a deployment that is well passes every probe", async () => {
  const { code, said } = await smoke("--url", both.worker.url);
  assert.equal(code, 0, said);
  assert.match(said, /\n\d+ passed, 0 failed\n$/);
});

test("a deployment whose Supabase is down fails, and the probes that need it say why", async () => {
  const broken = await startProduct({ supabaseUrl: "http://127.0.0.1:9" });
  try {
    const { code, said } = await smoke("--url", broken.url);
    assert.equal(code, 1, said);
    assert.match(said, /✗ GET \/earthquake\/list\?limit=3 +expected status 200, got 502/);
    assert.match(said, /✗ \/rest\/v1 reaches Supabase +expected status 200, got 502/);
    assert.match(said, /✓ GET \/hello /);
  } finally {
    await broken.stop();
  }
});

test("an address where nobody is fails, and one that is missing is asked for", async () => {
  const nobody = await smoke("--url", "http://127.0.0.1:9", "--timeout", "2");
  assert.equal(nobody.code, 1, nobody.said);
  assert.match(nobody.said, /ECONNREFUSED/);
  assert.deepEqual((await smoke()).code, 2);
});
