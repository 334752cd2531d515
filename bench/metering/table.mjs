// What metering costs, as Markdown.

import { table, verdict } from "../harness/markdown.mjs";

const ms = (value) => value.toFixed(value < 10 ? 2 : 1);

/** Kernels, then the verdicts. */
export function meteringTables({ kernels, geomean, targets }) {
  const rows = kernels.map(({ title, v8, wasmtime }) => [
    title,
    ms(v8.plain),
    ms(v8.metered),
    v8.ratio.toFixed(2),
    ...(wasmtime ? [ms(wasmtime.plain), ms(wasmtime.fuel), wasmtime.ratio.toFixed(2)] : ["–", "–", "–"]),
  ]);
  rows.push(["geomean", "", "", geomean.v8.toFixed(2), "", "", geomean.wasmtime?.toFixed(2) ?? "–"]);
  const head = ["kernel, ms", "V8", "metered", "metered ÷ V8", "wasmtime", "with fuel", "with fuel ÷ wasmtime"];
  const verdicts = targets.map(({ of, most, reached, met }) =>
    verdict(`metering: ${reached.toFixed(2)} against ${of} (≤ ${most.toFixed(2)})`, met),
  );
  return `${table(head, rows)}\n\n${verdicts.join("\n")}`;
}
