// What a move to Supabase looks at in what it moves.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { withoutNul } from "../../scripts/migrate/move.mjs";
import { STRANGERS } from "../../scripts/migrate/source.mjs";

test("an owner is a stranger unless it is a UUID", () => {
  const uuid = "0a1b2c3d-4e5f-6A7B-8C9D-0123456789ab";
  const strangers = [
    "ann",
    uuid.replace("0a", "0g"),
    uuid.replace("0a", "--"),
    uuid.replaceAll("-", "_"),
    `${uuid}0`,
    "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
    "",
  ];
  const database = new DatabaseSync(":memory:");
  database.exec("create table functions (owner text)");
  for (const owner of [null, uuid, uuid.toUpperCase(), ...strangers])
    database.prepare("insert into functions values (?)").run(owner);
  const found = database
    .prepare(STRANGERS)
    .all()
    .map(({ owner }) => owner);
  assert.deepEqual(found.sort(), strangers.sort());
});

test("U+0000 is replaced where JSON escapes it, and nothing that only looks like it", () => {
  const text = JSON.stringify(["a\0b", "\\u0000", "\\\0", "\n\\", 'q"']);
  assert.deepEqual(JSON.parse(withoutNul(text)), ["a\ufffdb", "\\u0000", "\\\ufffd", "\n\\", 'q"']);
});
