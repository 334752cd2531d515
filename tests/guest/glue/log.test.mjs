// What a guest logs is kept as far as it may be, in a form that every store takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../../js/isolate/log.js";

test("U+0000, which Postgres can't keep, is kept as U+FFFD", () => {
  const log = new Log(true);
  log.add("info", "a\0b\0");
  log.add("info", "plain, größe, \\u0000");
  const entries = JSON.parse(log.text());
  assert.deepEqual(
    entries.map(({ message }) => message),
    ["a\ufffdb\ufffd", "plain, größe, \\u0000"],
  );
});
