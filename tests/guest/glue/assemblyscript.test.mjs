// The guest in AssemblyScript, whose bindings are its author's own and recode strings from UTF-16 and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import { guests } from "../guests.mjs";
import { bundleOf } from "./rig.mjs";

const { manifest, modules } = bundleOf((await guests()).assemblyscript);
const program = new Program(manifest, modules);

function get(uri, headers = []) {
  const lines = [];
  const host = { log: (level, message) => lines.push(`${level} ${message}`) };
  const request = { method: "get", uri, headers, body: null, "timeout-ms": null };
  return program.call("handle", [request], { host }).then(({ value, ...rest }) => ({ ...value, lines, ...rest }));
}
const text = ({ body }) => new TextDecoder().decode(body);

test("it answers, call after call, from a restored instance", async () => {
  assert.equal((await get("/?name=Ada")).status, 200);
  const again = await get("/?name=Ada");
  assert.match(text(again), /Hello from AssemblyScript, Ada!/);
  assert.equal(again.instance, "restored");
});

for (const name of ["", "é", "ÿĀ", "日本語", "😀👩‍👩‍👧", "\u{10ffff}", "a\u0000b", "\ufeff", "x".repeat(5000)]) {
  test(`a name passes whole: ${JSON.stringify(name.slice(0, 20))}`, async () => {
    const answer = await get(`/${name}?name=${name}`, [["x-name", name]]);
    assert.equal(answer.status, 200);
    assert.ok(text(answer).includes(name), text(answer));
    assert.ok(
      answer.lines.some((line) => line.includes(name)),
      answer.lines.join("\n"),
    );
  });
}
