// Every store passes the same suite; here those of the host, real D1 and real R2.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

for (const suite of ["d1", "d1-history", "d1-schedules", "r2"]) {
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
