// The measures, in the order in which they run on one database. Each answers with what all contenders must agree on.
import { INSERT_ITEM, item, items, SCHEMA } from "./data.mjs";

const FULL = { single: 1_000, many: 25_000, points: 10_000, scans: 5, searches: 100 };

/**
 * How often each thing is done; `scale` below 1 for a run that only shows that it works.
 * @returns {typeof FULL}
 */
export function amounts(scale) {
  const count = (name) => Math.max(2, Math.ceil(FULL[name] * scale));
  const counts = Object.keys(FULL).map((name) => [name, count(name)]);
  return /** @type {typeof FULL} */ (Object.fromEntries(counts));
}

// A stride that is prime to the row counts visits the rows in no order and none twice.
const STRIDE = 7_919;

async function inserts(db, { single }) {
  for (let id = 1; id <= single; id++) await db.run(INSERT_ITEM, item(id));
  return (await db.get("SELECT count(*) AS n FROM item", [])).n;
}

async function insertMany(db, { single, rows }) {
  await db.insertMany(INSERT_ITEM, rows);
  return (await db.get("SELECT count(*) AS n, sum(id) AS total FROM item WHERE id > ?", [single])).total;
}

async function points(db, { single, many, points: count }) {
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const id = 1 + ((at * STRIDE) % (single + many));
    sum += (await db.get("SELECT id, name, price, note FROM item WHERE id = ?", [id])).price;
  }
  return sum;
}

async function aggregate(db, { scans }) {
  let found;
  for (let at = 0; at < scans; at++)
    found = await db.get("SELECT sum(length(note)) AS n, avg(price) AS mean FROM item WHERE note LIKE ?", [
      "%lantern%",
    ]);
  return [found.n, Math.round(found.mean * 1e6)];
}

async function transfer(db, { scans }) {
  let read = 0;
  for (let at = 0; at < scans; at++) read += (await db.all("SELECT id, name, price, note FROM item", [])).length;
  return read;
}

async function search(db, { searches }) {
  const words = ["harbour AND lantern", "copper garden", "winter NOT morning", "cedar OR paper"];
  let hits = 0;
  for (let at = 0; at < searches; at++) {
    const sql = "SELECT rowid, note FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20";
    hits += (await db.all(sql, [words[at % words.length]])).length;
  }
  return hits;
}

/** Fills what `search` reads; not measured. False if the contender has no FTS5. */
async function index(db) {
  try {
    await db.exec("CREATE VIRTUAL TABLE words USING fts5(note)");
  } catch (_) {
    return false;
  }
  await db.exec("INSERT INTO words (rowid, note) SELECT id, note FROM item");
  return true;
}

/** `name`, `title`, the measure itself, and by how many calls its time is divided (1: the whole). */
export const MEASURES = [
  { name: "inserts", title: "autocommit insert, each", run: inserts, per: "single" },
  { name: "transaction", title: "rows in one transaction", run: insertMany },
  { name: "points", title: "point read, each", run: points, per: "points" },
  { name: "aggregate", title: "scan, one answer", run: aggregate, per: "scans" },
  { name: "rows", title: "scan, every row to the page", run: transfer, per: "scans" },
  { name: "search", title: "full-text query, each", run: search, per: "searches", before: index },
];

/** Runs them all on a fresh database: `{open, times, results}`, times in milliseconds, null where it can't. */
export async function measureAll(open, file, scale) {
  const counts = amounts(scale);
  // Made before the clock starts: what is measured is the database, not the making of the rows.
  const plan = { ...counts, rows: items(counts.single + 1, counts.many) };
  const began = performance.now();
  const db = await open(file);
  await db.get("SELECT 1 AS one", []);
  const times = { open: performance.now() - began };
  const results = {};
  await db.exec(SCHEMA);
  for (const { name, run, per, before } of MEASURES) {
    if (before && !(await before(db))) {
      times[name] = null;
      continue;
    }
    const start = performance.now();
    results[name] = await run(db, plan);
    times[name] = (performance.now() - start) / (per ? plan[per] : 1);
  }
  return { db, times, results };
}
