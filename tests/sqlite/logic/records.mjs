// Reads SQL Logic Test files, the format of SQLite's own suite: https://www.sqlite.org/sqllogictest/doc/trunk/about.wiki

const SORTS = ["nosort", "rowsort", "valuesort"];

function* blocks(text) {
  let lines = [];
  let first = 0;
  for (const [at, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) continue;
    if (line.trim() !== "") {
      if (lines.length === 0) first = at + 1;
      lines.push(line);
    } else if (lines.length > 0) {
      yield { lines, line: first };
      lines = [];
    }
  }
  if (lines.length > 0) yield { lines, line: first };
}

/** Whether the conditions in front of a record let it run on SQLite; they are taken off its lines. */
function applies(lines) {
  let wanted = true;
  while (/^(skipif|onlyif) /.test(lines[0])) {
    const [condition, database] = lines.shift().split(/\s+/);
    if ((condition === "onlyif") !== (database === "sqlite")) wanted = false;
  }
  return wanted;
}

function query(words, body, line) {
  const [, types, sort = "nosort"] = words;
  if (!/^[TIR]+$/.test(types ?? "")) throw new Error(`line ${line}: query: expected types of T, I and R, got ${types}`);
  if (!SORTS.includes(sort)) throw new Error(`line ${line}: query: expected ${SORTS.join(", ")}, got ${sort}`);
  const cut = body.indexOf("----");
  const sql = (cut < 0 ? body : body.slice(0, cut)).join("\n");
  return { kind: "query", line, types, sort, sql, expected: cut < 0 ? [] : body.slice(cut + 1) };
}

/**
 * The records of a file: `{kind: "statement", fails, sql, line}` and `{kind: "query", types, sort, sql, expected, threshold,
 * line}`. `expected` are the lines after `----`; results with more than `threshold` values are given by their hash.
 */
export function parse(text) {
  const records = [];
  let threshold = 0;
  for (const { lines, line } of blocks(text)) {
    if (!applies(lines)) continue;
    const [head, ...body] = lines;
    const words = head.split(/\s+/);
    if (words[0] === "halt") break;
    if (words[0] === "hash-threshold") threshold = Number(words[1]);
    else if (words[0] === "statement") {
      if (words[1] !== "ok" && words[1] !== "error")
        throw new Error(`line ${line}: statement: expected ok or error, got ${words[1]}`);
      records.push({ kind: "statement", line, fails: words[1] === "error", sql: body.join("\n") });
    } else if (words[0] === "query") records.push({ ...query(words, body, line), threshold });
    else throw new Error(`line ${line}: expected statement, query, hash-threshold or halt, got ${words[0]}`);
  }
  return records;
}
