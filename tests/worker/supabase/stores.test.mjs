// Supabase's stores pass the suites that D1 and R2 pass, in real workerd, each call with the token of whoever would make it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "../harness.mjs";
import { startLocal } from "./local.mjs";

let local;
let rig;
before(async () => {
  local = await startLocal();
  rig = await startRig({ vars: local.vars });
});
after(async () => {
  await rig?.stop();
  await local?.close();
});

for (const suite of ["supabase", "supabase-schedules", "supabase-history", "supabase-storage"]) {
  test(`${suite} conforms`, async (context) => {
    const cases = await (await fetch(`${rig.url}/conformance/${suite}`)).json();
    assert.ok(cases.length > 2);
    for (const name of cases) {
      await context.test(name, async () => {
        const answer = await fetch(`${rig.url}/conformance/${suite}/${name}`);
        assert.equal(answer.status, 204, (await answer.text()) || "no text");
      });
    }
  });
}
