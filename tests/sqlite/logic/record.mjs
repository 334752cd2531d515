// node tests/sqlite/logic/record.mjs FILE…: writes into .slt files what Node's own SQLite answers to their queries.
import { readFileSync, writeFileSync } from "node:fs";
import { Native } from "./native.mjs";
import { parse } from "./records.mjs";
import { resultLines } from "./results.mjs";

async function record(file) {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  const native = new Native();
  const results = new Map();
  for (const each of parse(text)) {
    const [{ rows, error }] = await native.answer([each]);
    if (each.kind === "query") {
      if (error) throw new Error(`${file}, line ${each.line}: ${error}\n${each.sql}`);
      results.set(each.line, resultLines(each, rows));
    } else if ((error !== undefined) !== each.fails) {
      throw new Error(
        `${file}, line ${each.line}: expected ${each.fails ? "an error" : "none"}, got ${error}\n${each.sql}`,
      );
    }
  }
  native.close();
  const written = [];
  for (let at = 0; at < lines.length; at++) {
    const found = results.get(at + 1);
    if (!found) {
      written.push(lines[at]);
      continue;
    }
    for (; at < lines.length && lines[at].trim() !== "" && lines[at] !== "----"; at++) written.push(lines[at]);
    written.push("----", ...found);
    while (at < lines.length && lines[at].trim() !== "") at++;
    if (at < lines.length) written.push(lines[at]);
  }
  writeFileSync(file, written.join("\n"));
  console.log(`${file}: ${results.size} queries`);
}

for (const file of process.argv.slice(2)) await record(file);
