// The figures as Markdown.
import { table, verdict } from "./markdown.mjs";
import { spread } from "./statistics.mjs";

const micro = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const mebi = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function mark(targets) {
  const said = targets.map(({ of, most, reached, met }) => verdict(`${reached.toFixed(2)} × ${of} (≤ ${most})`, met));
  return said.length === 0 ? "published, no target" : said.join(", ");
}

function cpuCell(rounds, name) {
  const { median, least, most } = spread(rounds.map((round) => round.get(name).cpu));
  return `${micro(median)} (${micro(least)}–${micro(most)})`;
}

/** CPU per request: a row for each route, a column for each contender. */
export function cpuTable(title, names, measured) {
  const rows = measured.map(({ route, rounds, targets }) => [
    route.title,
    ...names.map((name) => cpuCell(rounds, name)),
    mark(targets),
  ]);
  return table([title, ...names, "Hashi against its targets"], rows);
}

/** What the load generator saw. */
export function loadTable(names, measured) {
  const median = (rounds, name, what) => spread(rounds.map((round) => round.get(name)[what])).median;
  const cell = (rounds, name) =>
    `${Math.round(median(rounds, name, "rate"))} · ${median(rounds, name, "p50").toFixed(2)} · ${median(rounds, name, "p99").toFixed(2)}`;
  const rows = measured.map(({ route, rounds }) => [route.title, ...names.map((name) => cell(rounds, name))]);
  return table(["requests/s · p50 ms · p99 ms, 16 connections", ...names], rows);
}

/** Size, start and memory: a row for each contender. */
export function footprintTable(found) {
  const rows = found.map(({ name, size, start, memory }) => [
    name,
    size ? `${mebi(size.raw)} · ${(size.gzip / 1024).toFixed(1)} KiB` : "–",
    `${start.median.toFixed(1)} (${start.least.toFixed(1)}–${start.most.toFixed(1)})`,
    start.above === undefined ? "–" : start.above.toFixed(1),
    mebi(memory.resident),
    memory.wasm ? mebi(memory.wasm) : "–",
    memory.panics ? `${mebi(memory.residentAfterPanics)} · ${mebi(memory.wasmAfterPanics)}` : "–",
  ]);
  const { requests } = found[0].memory;
  const panics = found.find(({ memory }) => memory.panics)?.memory.panics ?? 0;
  const head = ["", "wasm raw · gzip", "start-up CPU, ms", "above raw JS, ms", `resident after ${requests} requests`];
  return table([...head, "wasm memory", `resident · wasm after ${panics} panics`], rows);
}
