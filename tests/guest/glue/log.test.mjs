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

const MOST = 65_536;
const MARK = { level: "warn", message: "[the log is cut here: a call may log 65536 bytes]" };

/** What is kept of so many lines of so many bytes, the mark apart. */
function flood(lines, bytes) {
  const log = new Log(true);
  for (let i = 0; i < lines; i++) log.add("error", "x".repeat(bytes));
  const kept = log.entries.filter(({ level }) => level === "error");
  return { kept, marks: log.entries.slice(kept.length) };
}

// 0, 16, 48 and 65520 use the room up exactly; after 1000 there are less than 16 bytes of it, after 1001 more.
for (const bytes of [0, 1, 16, 48, 1000, 1001, 65_504, 65_519, 65_520, 65_521, 70_000]) {
  test(`lines of ${bytes} bytes end with one mark as soon as one of them is not whole`, () => {
    const whole = Math.floor(MOST / (16 + bytes));
    const few = flood(whole, bytes);
    assert.deepEqual([few.kept.length, few.marks], [whole, []], "all of these have room");
    for (const more of [1, 2, 1000]) {
      const { kept, marks } = flood(whole + more, bytes);
      assert.deepEqual(marks, [MARK]);
      const taken = kept.reduce((sum, { message }) => sum + 16 + message.length, 0);
      assert.ok(taken <= MOST && taken > MOST - 17, `${taken} bytes`);
      assert.ok(kept.slice(0, whole).every(({ message }) => message.length === bytes));
    }
  });
}

test("an empty line that has no room is marked like any other", () => {
  for (const left of [0, 1, 15]) {
    const log = new Log(true);
    log.add("error", "x".repeat(MOST - 16 - left));
    assert.equal(log.entries.length, 1);
    for (let i = 0; i < 3; i++) log.add("info", "");
    assert.deepEqual(log.entries.slice(1), [MARK], `${left} bytes are left`);
  }
  const log = new Log(true);
  log.add("error", "x".repeat(MOST - 32));
  log.add("info", "");
  assert.deepEqual(log.entries.slice(1), [{ level: "info", message: "" }], "16 bytes are enough");
});

test("a line is cut between characters", () => {
  const log = new Log(true);
  log.add("info", `x${"橋".repeat(30_000)}`);
  log.add("info", "more");
  assert.deepEqual(log.entries, [{ level: "info", message: `x${"橋".repeat(10_919)}` }, MARK]);
});

test("of a function that may not log nothing is kept, no mark either", () => {
  const log = new Log(false);
  for (const text of ["", "x", "x".repeat(MOST)]) log.add("error", text);
  assert.deepEqual([log.entries, log.text()], [[], undefined]);
});

test("what is counted is what is carried and stored, whatever the characters", () => {
  const framed = JSON.stringify([{ level: "info", message: "" }]).length;
  for (const character of ["\u0001", "\n", '"', "\\", "\u007f", "é", "橋", "𝄞", "\ud800", "\0"]) {
    const log = new Log(true);
    log.add("info", character.repeat(70_000));
    const [{ message }, mark, ...more] = log.entries;
    assert.deepEqual([mark, more], [MARK, []]);
    assert.equal(message.replaceAll(character === "\0" ? "\ufffd" : character, ""), "");
    const size = log.text().length - JSON.stringify(MARK).length - 1 - framed;
    assert.ok(size <= MOST - 16 && size > MOST - 16 - 12, `${JSON.stringify(character)}: ${size}`);
  }
});
