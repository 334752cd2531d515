// What metering costs, as Markdown.

const row = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) =>
  [row(head), row(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
const ms = (value) => value.toFixed(value < 10 ? 2 : 1);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

/** Kernels, then what prepare takes, then the verdicts. */
export function meteringTables({ kernels, geomean, targets, prepare }) {
  const rows = kernels.map(({ title, v8, wasmtime }) => [
    title,
    ms(v8.plain),
    ms(v8.metered),
    v8.ratio.toFixed(2),
    ...(wasmtime ? [ms(wasmtime.plain), ms(wasmtime.fuel), wasmtime.ratio.toFixed(2)] : ["–", "–", "–"]),
  ]);
  rows.push(["geomean", "", "", geomean.v8.toFixed(2), "", "", geomean.wasmtime?.toFixed(2) ?? "–"]);
  const head = ["kernel, ms", "V8", "metered", "metered ÷ V8", "wasmtime", "with fuel", "with fuel ÷ wasmtime"];
  const sizes = prepare.map(({ guest, upload, bundle, median, memory }) => [
    guest,
    kib(upload),
    kib(bundle),
    ms(median),
    kib(memory),
  ]);
  const verdicts = targets.map(
    ({ of, most, reached, met }) =>
      `metering: ${reached.toFixed(2)} against ${of} (≤ ${most.toFixed(2)}) ${met ? "met" : "**missed**"}`,
  );
  return [
    table(head, rows),
    table(["guest", "upload", "bundle", "prepare, ms", "prepare's memory"], sizes),
    verdicts.join("\n"),
  ].join("\n\n");
}
