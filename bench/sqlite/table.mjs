// The figures as Markdown.
import { table } from "../harness/markdown.mjs";
import { spread } from "../harness/statistics.mjs";
import { MEASURES } from "./page/measures.mjs";

const TITLES = [{ name: "open", title: "open, to the first answer" }, ...MEASURES];

const milli = (value) => value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);

/** The median of the rounds' own ratios: both were measured within the same minute. */
export function ratio(rounds, name, ours, against) {
  const ratios = rounds
    .filter((round) => round.get(ours)?.times[name] != null && round.get(against)?.times[name] != null)
    .map((round) => round.get(ours).times[name] / round.get(against).times[name]);
  return ratios.length === 0 ? undefined : spread(ratios).median;
}

/** Milliseconds: a row for each measure, a column for each contender. */
export function timeTable(names, rounds, { ours, against, counts }) {
  const cell = (name, measure) => {
    const times = rounds.flatMap((round) => round.get(name)?.times?.[measure] ?? []);
    if (times.length === 0) return "–";
    const { median, least, most } = spread(times);
    return `${milli(median)} (${milli(least)}–${milli(most)})`;
  };
  const rows = TITLES.map(({ name, title }) => {
    const reached = ratio(rounds, name, ours, against);
    const label = name === "transaction" ? `${counts.many} ${title}` : title;
    return [label, ...names.map((each) => cell(each, name)), reached === undefined ? "–" : `${reached.toFixed(2)} ×`];
  });
  return table(["ms, median (least–most)", ...names, `${ours} against ${against}`], rows);
}

/** What each contender said of its connection. */
export function durabilityTable(names, round) {
  const keys = Object.keys(round.values().next().value.durability);
  const rows = names
    .filter((name) => round.get(name))
    .map((name) => {
      const { version, durability } = round.get(name);
      return [name, version, ...keys.map((key) => String(durability[key] ?? "–"))];
    });
  return table(["", "SQLite", ...keys], rows);
}
