// Who sends a long body that is refused unread hears why, and not a broken pipe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open as connection, parse, until } from "../raw.mjs";
import { startExecutor } from "./rig.mjs";

const LONG = Buffer.alloc(16 * 1024 * 1024, " ");

let rig;
before(async () => {
  rig = await startExecutor();
  const made = await rig.api(rig.ann, "POST", "/functions", { body: { name: "form" } });
  assert.equal(made.status, 201);
});
after(() => rig?.stop());

/** What a client is told that sends all it has before it listens: status and code. */
async function told(path, headers, body) {
  const response = await fetch(`${rig.url}${path}`, { method: "POST", headers, body, duplex: "half" });
  return [response.status, (await response.json()).code];
}

for (const [how, body] of [
  ["declared", () => LONG],
  ["undeclared", () => new Blob([LONG]).stream()],
]) {
  test(`a long body of ${how} length: nobody's, one that a route doesn't take, one for nothing that is there`, async () => {
    const json = { authorization: `Bearer ${rig.ann}`, "content-type": "application/json" };
    const wasm = { "content-type": "application/wasm" };
    // More than once: a pipe breaks or not by the order in which two ends come to look.
    for (let turn = 0; turn < 3; turn++) {
      assert.deepEqual(await told("/api/v1/functions/nowhere/upload", wasm, body()), [404, "not_found"]);
      assert.deepEqual(await told("/api/v1/functions", { ...json, authorization: "Bearer no" }, body()), [
        401,
        "unauthorized",
      ]);
      assert.deepEqual(await told("/api/v1/functions", json, body()), [413, "body_too_large"]);
      assert.deepEqual(await told("/functions/v1/wasm-executor", json, body()), [413, "body_too_large"]);
      assert.deepEqual(await told("/fn/nowhere/", json, body()), [404, "not_found"]);
      assert.deepEqual(await told("/nowhere", json, body()), [404, "not_found"]);
    }
  });
}

/** A form of 4 MiB, less than a module may have, that begins with `start`. */
const form = (start) => Buffer.concat([Buffer.from(start), LONG.subarray(0, 4 * 1024 * 1024)]);
const part = (name) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`;

for (const [what, start, answer] of [
  ["whose first field is longer than it may be", part("note"), [413, "body_too_large"]],
  ["with a part that has no head", "--b\r\nno head\r\n\r\n", [400, "invalid_body"]],
  ["with a head that doesn't end", "--b\r\nx-note: ", [400, "invalid_body"]],
  ["without a part named file", `${part("note")}hi\r\n--b--\r\n`, [400, "invalid_body"]],
]) {
  test(`a long form ${what}`, async () => {
    const headers = { authorization: `Bearer ${rig.ann}`, "content-type": "multipart/form-data; boundary=b" };
    const bytes = form(start);
    for (let turn = 0; turn < 3; turn++) {
      for (const body of [bytes, new Blob([bytes]).stream()]) {
        assert.deepEqual(await told("/api/v1/functions/form/upload", headers, body), answer);
      }
    }
  });
}

test("who announces a long body and listens first is told without sending it", async () => {
  const client = connection(rig.port);
  client.socket.write(
    `POST /api/v1/functions/nowhere/upload HTTP/1.1\r\nhost: hashi\r\ncontent-length: ${LONG.length}\r\n\r\n`,
  );
  await until(() => client.received.includes("requestId"));
  assert.equal(parse(client.received).status, 404);
  client.socket.destroy();
});
