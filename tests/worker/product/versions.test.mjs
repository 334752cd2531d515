// The list of a function's versions, each with all its exports: a page is full by its bytes as well.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { raw, startPlatform, user } from "./platform.mjs";

let worker;
before(async () => {
  worker = await startPlatform();
});
after(() => worker?.stop());

const ann = user("ann");

const leb = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...leb(number >> 7)]);
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];

/** A core module with `count` exports whose names have 1,000 bytes each. */
function wide(count, mark) {
  const names = Array.from({ length: count }, (_, at) => `${mark}-${at}-`.padEnd(1000, "x"));
  const exports = names.flatMap((name) => [...leb(name.length), ...Buffer.from(name), 0, 0]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(7, [...leb(count), ...exports]),
    ...section(10, [1, 2, 0, 0x0b]),
  ]);
}

test("versions with many exports come in several pages, none of which is large", async () => {
  assert.equal((await worker.api(ann, "POST", "/functions", { body: { name: "wide" } })).status, 201);
  const count = 12;
  for (let mark = 1; mark <= count; mark++) {
    const { status, text } = await worker.api(ann, "POST", "/functions/wide/upload", {
      body: wide(120, mark),
      headers: raw,
    });
    assert.equal(status, 201, text);
  }
  const found = [];
  const pages = [];
  let query = "limit=100";
  while (query) {
    const { status, json, text } = await worker.api(ann, "GET", `/functions/wide/versions?${query}`);
    assert.equal(status, 200, text);
    assert.ok(text.length < 1.2 * 1024 * 1024, `a page of ${text.length} bytes`);
    found.push(...json.versions.map(({ version, prepared }) => [version, prepared.exports.length]));
    pages.push(json.versions.length);
    query = json.next && `limit=100&cursor=${json.next}`;
  }
  assert.deepEqual(
    found,
    Array.from({ length: count }, (_, at) => [count - at, 120]),
  );
  assert.ok(pages.length === 2 && pages[0] >= 8, `pages of ${pages}`);
  // Where all have room there is no page after them.
  const { json } = await worker.api(ann, "GET", "/functions/wide/versions?limit=3&cursor=4");
  assert.deepEqual([json.versions.length, json.next], [3, null]);
});
