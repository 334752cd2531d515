// Compares what an engine answered with what the records expect.
import { resultLines } from "./results.mjs";

const CHUNK = 200;

function wrongWith(record, { rows, error }) {
  if (record.kind === "statement") {
    if (record.fails) return error === undefined ? "expected an error, it went through" : undefined;
    return error;
  }
  if (error !== undefined) return error;
  let lines;
  try {
    lines = resultLines(record, rows);
  } catch (unfit) {
    return unfit.message;
  }
  // A file's values may stand on one line or on many.
  const [found, expected] = [lines, record.expected].map((each) => each.join("\n"));
  return found === expected ? undefined : `expected\n${expected}\ngot\n${found}`;
}

/** Runs records in order through `engine`; what is wrong, as sentences with line and SQL. */
export async function check(records, engine) {
  const wrong = [];
  for (let at = 0; at < records.length; at += CHUNK) {
    const chunk = records.slice(at, at + CHUNK);
    const answers = await engine.answer(chunk.map(({ kind, sql }) => ({ kind, sql })));
    for (const [place, record] of chunk.entries()) {
      const reason = wrongWith(record, answers[place]);
      if (reason !== undefined) wrong.push(`line ${record.line}: ${record.sql}\n${reason}`);
    }
  }
  return wrong;
}
