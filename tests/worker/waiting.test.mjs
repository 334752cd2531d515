// Rows that can't be written don't fill an isolate's memory: a store that is away for long costs the earliest of them, never the Worker.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createBegun, giveAllBack, giveRowsBack, rowsWritten, takeRows } from "../../js/worker/waiting.js";

const MOST_HELD = 16_000_000;
const encoder = new TextEncoder();
const { beginRow, endRow, takeDead, died } = createBegun();
/** Begins a row with `mark`, and ends it with another element. */
const keepRow = (mark, ending = true) => endRow(beginRow(JSON.stringify([mark])), JSON.stringify([ending]));
// A log of 64 KiB, each character of it escaped.
const keepLarge = (mark) => keepRow(mark, "x".repeat(393_216));
const marks = (text) => JSON.parse(text).map(([mark]) => mark);

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
  for (let mark = 0; mark < 100; mark++) if (keepLarge(mark)) kept++;
  const taken = takeAll();
  assert.ok(taken.join("").length <= MOST_HELD, `${taken.join("").length} characters were held`);
  assert.deepEqual(
    taken.flatMap(marks),
    Array.from({ length: kept }, (_, at) => 100 - kept + at),
  );
  assert.ok(kept >= 40, `only ${kept} were kept`);
});

test("so are many small ones, and what was taken makes room", () => {
  const ending = "x".repeat(400);
  const most = Math.floor(MOST_HELD / JSON.stringify(["m", ending]).length);
  for (let at = 0; at < most; at++) assert.ok(keepRow("m", ending), `row ${at} of ${most}`);
  assert.equal(keepRow("m", ending), false);
  const taken = takeRows();
  assert.ok(taken.text.length <= 1_100_000);
  assert.equal(keepRow("m", ending), true);
});

test("whoever has the most waiting loses the earliest of it, and nobody loses by another", () => {
  let row = 0;
  const keepOf = (whose, ending) => endRow(beginRow(JSON.stringify([`row ${++row}`, whose])), JSON.stringify([ending]));
  const ofAll = () =>
    Object.groupBy(
      takeAll().flatMap((text) => JSON.parse(text)),
      ([, whose]) => whose,
    );
  const large = "x".repeat(300_000);
  keepOf("first", "small");
  for (let turn = 0; turn < 4; turn++) keepOf("second", large);
  let refused = 0;
  for (let turn = 0; turn < 100; turn++) {
    if (!keepOf("loud", large)) refused++;
    if (turn % 10 === 0) keepOf("late", "small");
  }
  // The counts hold after rows were taken and given back, too.
  assert.ok(refused > 40, `only ${refused} were too many`);
  assert.equal(giveRowsBack(takeRows()), true);
  assert.equal(keepOf("loud", large), false);
  const { first, second, loud, late } = ofAll();
  assert.deepEqual([first.length, second.length, late.length], [1, 4, 10]);
  const numbers = loud.map(([name]) => Number(name.split(" ")[1]));
  assert.deepEqual([numbers.at(-1), loud.length], [row, 101 - refused - 1]);
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
    "the latest, in their order",
  );
});

test("what is given back is written before all others, and counts", () => {
  keepRow(1);
  keepRow(2);
  const taken = takeRows();
  keepRow(3);
  assert.equal(giveRowsBack(taken), true);
  assert.deepEqual(marks(takeRows().text), [1, 2, 3]);
  keepLarge(0);
  keepLarge(1);
  const failed = takeRows();
  while (keepLarge(2));
  assert.equal(giveRowsBack(failed), false, "there is no room for it any more");
  assert.ok(takeAll().join("").length <= MOST_HELD);
});

test("what is on its way waits again when nobody hears any more whether it arrived, and only then", () => {
  keepRow(1);
  const written = takeRows();
  keepRow(2);
  const lost = takeRows();
  rowsWritten(written);
  assert.equal(giveAllBack(), true);
  assert.deepEqual(marks(takeRows().text), [2]);
  assert.equal(takeRows(), undefined);
  giveRowsBack(lost);
  assert.equal(takeRows(), undefined, "twice given back is once");
  keepLarge(0);
  takeRows();
  while (keepLarge(1));
  assert.equal(giveAllBack(), false, "there is no room for it any more");
});

test("what a call returned becomes the last element of its row, in ASCII and without what Postgres can't keep", () => {
  for (const [result, kept] of [
    ["57", 57],
    ["null", null],
    ['"x"', "x"],
    ['{"größe":"𝄞 日本"}', { größe: "𝄞 日本" }],
    [JSON.stringify("a\0b\ud800c\udfffd"), "a\ufffdb\ufffdc\ufffdd"],
    [JSON.stringify('\\u0000 \\\0 \\\\ud800 \n\t"'), '\\u0000 \\\ufffd \\\\ud800 \n\t"'],
  ]) {
    const [before, after] = ['{"logs":[],"result":', "}"];
    const number = beginRow('["a"]');
    assert.ok(endRow(number, "[1]", encoder.encode(`${before}${result}${after}`), before.length, after.length));
    const taken = takeRows().text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is looked for
    assert.match(taken, /^[\x00-\x7f]*$/);
    assert.doesNotMatch(taken.replaceAll("\\\\", ""), /\\u0000|\\ud800(?!\\ud)/);
    assert.deepEqual(JSON.parse(taken), [["a", 1, kept]]);
  }
  endRow(beginRow('["b"]'), "[1]", encoder.encode("18446744073709551615"), 0, 0);
  assert.equal(takeRows().text, '[["b",1,18446744073709551615]]');
});

test("a row that had begun when its instance died is ended by the next one, once", () => {
  const [ended, open] = [1, 2].map((mark) => beginRow(JSON.stringify([mark])));
  endRow(ended, "[1]");
  assert.equal(takeDead(), undefined, "nobody died");
  const before = Date.now();
  died();
  const after = beginRow("[3]");
  const [[number, ms, beginning], ...more] = JSON.parse(takeDead());
  assert.deepEqual([number, beginning, more], [open, [2], []]);
  assert.ok(ms >= before && ms <= Date.now());
  assert.equal(takeDead(), undefined, "it was taken");
  endRow(number, "[2]");
  endRow(after, "[3]");
  assert.deepEqual(
    JSON.parse(takeRows().text),
    [1, 2, 3].map((mark) => [mark, mark]),
  );
});

test("so is one that was taken by an instance that died before it ended it", () => {
  const number = beginRow("[1]");
  died();
  assert.equal(JSON.parse(takeDead()).length, 1);
  died();
  died();
  assert.deepEqual(
    JSON.parse(takeDead()).map(([dead]) => dead),
    [number],
  );
  endRow(number, "[1]");
  died();
  assert.equal(takeDead(), undefined);
  assert.deepEqual(marks(takeRows().text), [1]);
  assert.equal(endRow(number, "[2]"), true);
  assert.equal(takeRows(), undefined, "its end is written once");
});

test("whoever dies ends nothing of another's", () => {
  const other = createBegun();
  const number = beginRow("[1]");
  other.died();
  assert.deepEqual([other.takeDead(), takeDead()], [undefined, undefined]);
  endRow(number, "[1]");
  assert.deepEqual(marks(takeRows().text), [1]);
});
