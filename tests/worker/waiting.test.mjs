// Rows that can't be written don't fill an isolate's memory: a store that is away for long costs the earliest of them, never the Worker.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { giveAllBack, giveRowsBack, keepRow, rowsWritten, takeRows } from "../../js/worker/waiting.js";

const MOST_HELD = 16_000_000;
// A log of 64 KiB, each character of it escaped.
const large = (mark) => JSON.stringify({ mark, logs: "x".repeat(393_216) });

function takeAll() {
  const taken = [];
  for (let rows = takeRows(); rows !== undefined; rows = takeRows()) {
    taken.push(rows.text);
    rowsWritten(rows);
  }
  return taken;
}

beforeEach(() => {
  giveAllBack();
  takeAll();
});

test("large rows are bounded by what they hold, and the earliest are lost first", () => {
  let kept = 0;
  for (let mark = 0; mark < 100; mark++) if (keepRow(large(mark))) kept++;
  const taken = takeAll();
  assert.ok(taken.join("").length <= MOST_HELD, `${taken.join("").length} characters were held`);
  const marks = taken.flatMap((rows) => JSON.parse(rows).map(({ mark }) => mark));
  assert.deepEqual(
    marks,
    Array.from({ length: kept }, (_, at) => 100 - kept + at),
  );
  assert.ok(kept >= 40, `only ${kept} were kept`);
});

test("so are many small ones, and what was taken makes room", () => {
  const row = JSON.stringify({ text: "x".repeat(400) });
  const most = Math.floor(MOST_HELD / row.length);
  for (let at = 0; at < most; at++) assert.ok(keepRow(row), `row ${at} of ${most}`);
  assert.equal(keepRow(row), false);
  const taken = takeRows();
  assert.ok(taken.text.length <= 1_100_000);
  assert.equal(keepRow(row), true);
});

test("what is given back is written before all others, and counts", () => {
  keepRow("1");
  keepRow("2");
  const taken = takeRows();
  keepRow("3");
  assert.equal(giveRowsBack(taken), true);
  assert.equal(takeRows().text, "[1,2,3]");
  keepRow(large(0));
  keepRow(large(1));
  const failed = takeRows();
  while (keepRow(large(2)));
  assert.equal(giveRowsBack(failed), false, "there is no room for it any more");
  assert.ok(takeAll().join("").length <= MOST_HELD);
});

test("what is on its way waits again when nobody hears any more whether it arrived, and only then", () => {
  keepRow("1");
  const written = takeRows();
  keepRow("2");
  const lost = takeRows();
  rowsWritten(written);
  assert.equal(giveAllBack(), true);
  assert.equal(takeRows().text, "[2]");
  assert.equal(takeRows(), undefined);
  giveRowsBack(lost);
  assert.equal(takeRows(), undefined, "twice given back is once");
  keepRow(large(0));
  takeRows();
  while (keepRow(large(1)));
  assert.equal(giveAllBack(), false, "there is no room for it any more");
});

test("what a call returned becomes a member of its row, in ASCII and without what Postgres can't keep", () => {
  for (const [result, kept] of [
    ["57", 57],
    ["null", null],
    ['"x"', "x"],
    ['{"größe":"𝄞 日本"}', { größe: "𝄞 日本" }],
    [JSON.stringify("a\0b\ud800c\udfffd"), "a\ufffdb\ufffdc\ufffdd"],
    [JSON.stringify('\\u0000 \\\0 \\\\ud800 \n\t"'), '\\u0000 \\\ufffd \\\\ud800 \n\t"'],
  ]) {
    const [before, after] = ['{"logs":[],"result":', "}"];
    assert.ok(keepRow('{"id":"a"}', `${before}${result}${after}`, before.length, after.length));
    const taken = takeRows().text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is looked for
    assert.match(taken, /^[\x00-\x7f]*$/);
    assert.doesNotMatch(taken.replaceAll("\\\\", ""), /\\u0000|\\ud800(?!\\ud)/);
    assert.deepEqual(JSON.parse(taken), [{ id: "a", result: kept }]);
  }
  keepRow('{"id":"b"}', "18446744073709551615", 0, 0);
  assert.equal(takeRows().text, '[{"id":"b","result":18446744073709551615}]');
});
