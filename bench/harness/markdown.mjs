// Tables and verdicts as Markdown.

export function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** A table whose first column is text and whose others are figures. */
export function table(head, rows) {
  return [row(head), row(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
}

/** `text`, and whether that is what was wanted. */
export function verdict(text, met) {
  return `${text} ${met ? "met" : "**missed**"}`;
}
