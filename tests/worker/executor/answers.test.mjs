// What a guest answers is HTTP or none of it: status, names and values at their edges, in real workerd.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answering } from "./answering.mjs";
import { startExecutor } from "./rig.mjs";

let rig;
before(async () => {
  rig = await startExecutor();
  await rig.publish("answering", await answering(), { trigger: "anonymous" });
});
after(() => rig?.stop());

for (const [path, body] of [
  ["200/x-name", "a value"],
  ["599/X-Name", "größe"],
]) {
  test(`an answer that is HTTP, ${path} with ${JSON.stringify(body)}, comes out`, async () => {
    const { status, headers } = await rig.trigger(`answering/${path}`, { method: "POST", body });
    assert.equal(status, Number(path.slice(0, 3)));
    assert.equal(Buffer.from(headers.get("x-name"), "latin1").toString(), body);
  });
}

for (const [path, body, what] of [
  ["000/x-name", "x", "a status of 0"],
  ["101/x-name", "x", "a status below 200"],
  ["600/x-name", "x", "a status above 599"],
  ["999/x-name", "x", "a status far above 599"],
  ["200/x(name", "x", "a header's name that is no token"],
  ["200/", "x", "a header without a name"],
  ["200/x-name", "a\nset-cookie: b", "a header's value with a line break"],
  ["200/x-name", "a\0b", "a header's value with a zero"],
]) {
  test(`an answer with ${what} is no HTTP, and the client hears no more than that`, async () => {
    const { status, headers, json } = await rig.trigger(`answering/${path}`, { method: "POST", body });
    assert.deepEqual([status, json.code, json.detail], [502, "invalid_response", undefined]);
    assert.deepEqual([headers.get("x-name"), headers.get("set-cookie")], [null, null]);
    assert.equal((await rig.trigger("answering/204/x-name")).status, 204, "and the next call is answered");
  });
}

test("an answer that is no HTTP is remembered as that, with what it took", async () => {
  await rig.trigger("answering/600/x-name");
  const kept = await rig.remembered("answering", ({ code }) => code === "invalid_response");
  assert.deepEqual([kept?.status, kept?.http_status, kept?.memory_bytes], ["failed", 502, 65_536]);
  assert.ok(kept.fuel > 0);
});
