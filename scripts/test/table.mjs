/** The closing table of layers: name, counts, time. */
export function table(rows) {
  const head = { name: "layer", passed: "passed", failed: "failed", skipped: "skipped", time: "time" };
  const line = (row) =>
    [
      row.name.padEnd(10),
      String(row.passed).padStart(7),
      String(row.failed).padStart(7),
      String(row.skipped).padStart(8),
      String(row.time).padStart(13),
    ].join("");
  return [head, ...rows].map(line).join("\n");
}
