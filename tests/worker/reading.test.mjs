// Bodies that are read in the Worker's memory: whole, in whatever pieces they come, and as far as a route wants them.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { open, parse, until } from "./raw.mjs";

const MIB = 1024 * 1024;

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** `bytes` in pieces of these sizes, in turn. */
async function* inPieces(bytes, sizes) {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length];
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function echoed(path, body) {
  const response = await fetch(`${rig.url}/echo/${path}`, { method: "POST", body, duplex: "half" });
  assert.equal(response.status, 200);
  return hash(Buffer.from(await response.arrayBuffer()));
}

for (const path of ["bytes", "stream"]) {
  test(`large bodies come whole to /echo/${path}, several at once and in odd pieces`, async () => {
    const bodies = [8 * MIB, 8 * MIB - 1, 3 * MIB + 65_537, 65_537].map((length) => randomBytes(length));
    await Promise.all(
      bodies.map(async (bytes, turn) => {
        const sizes = [1, 65_535, 65_537, 3 + turn, 200_001, 4_096];
        assert.equal(await echoed(path, bytes), hash(bytes), `${bytes.length}, declared`);
        assert.equal(await echoed(path, inPieces(bytes, sizes)), hash(bytes), `${bytes.length}, undeclared`);
      }),
    );
  });
}

/** The answer to a body of which only the beginning comes, of 8 MiB that are declared. */
async function toBeginning(status) {
  const client = open(rig.port);
  client.socket.write(
    `POST /echo/beginning?status=${status} HTTP/1.1\r\nhost: rig\r\ncontent-length: ${8 * MIB}\r\n\r\n`,
  );
  client.socket.write(Buffer.alloc(100_000, " "));
  await until(() => client.received.includes("\r\n\r\n") && parse(client.received).body !== "");
  client.socket.destroy();
  return parse(client.received);
}

test("a route that has read enough answers in the middle of a body, and others are served on", async () => {
  for (const status of [200, 429, 400]) {
    const answer = await toBeginning(status);
    assert.equal(answer.status, status);
    assert.ok(Number(answer.body) > 0);
  }
  assert.equal(await echoed("bytes", "whole"), hash("whole"));
});

test("a client that a route refuses in the middle of its body hears it after all that it sends", async () => {
  for (let turn = 0; turn < 3; turn++) {
    const url = `${rig.url}/echo/beginning?status=418`;
    for (const body of [Buffer.alloc(16 * MIB), new Blob([Buffer.alloc(16 * MIB)]).stream()]) {
      const response = await fetch(url, { method: "POST", body, duplex: "half" });
      assert.equal(response.status, 418);
      await response.text();
    }
  }
});
