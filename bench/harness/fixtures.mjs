// What is sent and what the upstream answers: real events from the seed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/setup/paths.mjs";

const numbers = new Set(
  "magnitude depth_km latitude longitude significance felt cdi mmi station_count azimuthal_gap rms".split(" "),
);

function value(name, text) {
  if (text === "") return null;
  if (numbers.has(name)) return Number(text);
  // Postgres writes times so.
  if (name === "origin_time" || name === "updated_at") return text.replace(/0*Z$/, "+00:00").replace(".+", "+");
  return name === "tsunami" ? text === "true" : text;
}

function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare,
  );
}

const [head, ...lines] = readFileSync(join(root, "supabase", "seed", "earthquake.csv"), "utf8")
  .trim()
  .split("\n");
const names = head.split(",");

/** The newest 50 events as the table's rows. */
export const rows = lines
  .map((line) => Object.fromEntries(cells(line).map((text, at) => [names[at], value(names[at], text)])))
  .sort((a, b) => b.origin_time.localeCompare(a.origin_time))
  .slice(0, 50);

const fields =
  "event_id origin_time magnitude magnitude_type depth_km latitude longitude place status significance felt";

/** A JSON document of 10 KB. */
export const bulletin = document(10 * 1024);

function document(size) {
  const made = { station: "Sukabumi", revision: 1, events: [] };
  for (const row of rows) {
    const event = Object.fromEntries(fields.split(" ").map((name) => [name, row[name]]));
    event.status = "automatic";
    if (JSON.stringify({ ...made, events: [...made.events, event] }).length > size) break;
    made.events.push(event);
  }
  return JSON.stringify(made);
}
