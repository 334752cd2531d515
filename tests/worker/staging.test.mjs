// An upload that gives way just as its last byte comes is stored whole or not at all, whichever of both is first.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { beginStaging, endStaging, giveWay, stageOn } from "../../js/worker/staging.js";

// What the host has and Node doesn't; the hash is of no interest here.
const host = /** @type {any} */ (crypto);
before(() => {
  host.DigestStream = class extends WritableStream {
    digest = Promise.resolve(new ArrayBuffer(32));
    constructor(_algorithm) {
      super();
    }
  };
});
after(() => {
  delete host.DigestStream;
});

/** What is stored of 1000 bytes whose upload gives way so many microtasks after their end came; nothing if it gave way. */
async function stored(turns) {
  let controller;
  const stream = new ReadableStream({
    start(given) {
      controller = given;
    },
  });
  let put;
  const staging = beginStaging({ put: async (_, bytes) => (put = bytes.length) }, "key", stream, 1_000_000, 1000);
  const whole = stageOn(staging, 65_536);
  controller.enqueue(new Uint8Array(1000));
  await new Promise((resolve) => setTimeout(resolve, 5));
  controller.close();
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  giveWay(staging);
  if (!(await whole)) return undefined;
  await endStaging(staging);
  return put;
}

test("whenever it gives way", async () => {
  const seen = [];
  for (let turns = 0; turns < 40; turns++) seen.push(await stored(turns));
  assert.deepEqual(new Set(seen), new Set([undefined, 1000]), JSON.stringify(seen));
});
