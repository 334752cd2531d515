// A body that only passes through never enters the instance's memory, however long it is.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { pieces, startUpstream } from "./upstream.mjs";

const count = 1600;
const size = count * 65536;

let rig;
let upstream;
before(async () => {
  [rig, upstream] = await Promise.all([startRig(), startUpstream()]);
});
after(async () => {
  await rig?.stop();
  await upstream?.stop();
});

/** Runs `work` and tells by how much the instance's memory and the process grew, at the highest. */
async function growth(work) {
  const linear = async () => (await (await fetch(`${rig.url}/instance`)).json()).memory;
  const [linearBefore, residentBefore] = [await linear(), rig.memory()];
  let highest = residentBefore;
  const watch = setInterval(() => {
    highest = Math.max(highest, rig.memory());
  }, 20);
  const result = await work().finally(() => clearInterval(watch));
  return { result, linear: (await linear()) - linearBefore, resident: highest - residentBefore };
}

function assertFlat(context, { linear, resident }) {
  context.diagnostic(
    `${(size / 1e6).toFixed(0)} MB: linear memory grew by ${linear} bytes, the process by ${(resident / 1e6).toFixed(1)} MB`,
  );
  assert.equal(linear, 0, "linear memory");
  assert.ok(resident < 48e6, `resident memory grew by ${resident} bytes`);
}

for (const declared of [true, false]) {
  const length = declared ? { "content-length": String(size) } : {};

  test(`100 MB go up, ${declared ? "their length declared" : "chunked"}, with flat memory and the same hash`, async (context) => {
    const hash = createHash("sha256");
    async function* body() {
      for (const piece of pieces(count)) {
        hash.update(piece);
        yield piece;
      }
    }
    const grown = await growth(async () => {
      const headers = { "x-upstream": `${upstream.url}/take`, ...length };
      const response = await fetch(`${rig.url}/proxy?deadline_ms=60000`, {
        method: "POST",
        body: body(),
        duplex: "half",
        headers,
      });
      assert.equal(response.status, 200);
      return response.json();
    });
    assert.equal(grown.result.bytes, size);
    assert.equal(grown.result.hash, hash.digest("hex"));
    assertFlat(context, grown);
  });

  test(`100 MB come down, ${declared ? "their length declared" : "chunked"}, with flat memory and the same hash`, async (context) => {
    const path = `/give?pieces=${count}${declared ? "&length" : ""}`;
    const grown = await growth(async () => {
      const response = await fetch(`${rig.url}/proxy`, { headers: { "x-upstream": upstream.url + path } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-length"), declared ? String(size) : null);
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const piece of response.body) {
        hash.update(piece);
        bytes += piece.length;
      }
      return { bytes, hash: hash.digest("hex") };
    });
    assert.equal(grown.result.bytes, size);
    assert.equal(grown.result.hash, upstream.given.get(path));
    assertFlat(context, grown);
  });
}

test("a body is given back unread, and several cookies stay several", async () => {
  const body = Buffer.concat([...pieces(20)]);
  const echoed = await fetch(`${rig.url}/echo/host`, { method: "POST", body });
  assert.ok(body.equals(Buffer.from(await echoed.arrayBuffer())));
  const cookies = await fetch(`${rig.url}/proxy`, { headers: { "x-upstream": `${upstream.url}/cookies` } });
  assert.deepEqual(cookies.headers.getSetCookie(), ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]);
});

test("a redirect of the upstream is an answer: the bridge never follows one", async () => {
  const response = await fetch(`${rig.url}/proxy`, {
    headers: { "x-upstream": `${upstream.url}/redirect` },
    redirect: "manual",
  });
  assert.equal(response.status, 302);
});
