// What the page offers to the harness, as `bench`.
import { durabilityOf } from "./durability.mjs";
import { measureAll } from "./measures.mjs";
import { LongTasks } from "./long-tasks.mjs";
import { INSERT_ITEM, items, SCHEMA } from "./data.mjs";

let db;
// Rows that are there before anything is measured.
let first = 0;

const bench = {
  /** One contender through all measures, on a database of its own. */
  async measure(module, file, scale) {
    const { open } = await import(module);
    const done = await measureAll(open, file, scale);
    const { version } = done.db;
    const durability = await durabilityOf(done.db);
    await done.db.close();
    return { times: done.times, results: done.results, durability, version };
  },

  /** Opens a database and keeps it open; with `rows` it is made and filled first. */
  async hold(module, file, rows = 0) {
    const { open } = await import(module);
    db = await open(file);
    first = rows;
    if (rows === 0) return;
    await db.exec(SCHEMA);
    await db.insertMany(INSERT_ITEM, items(1, rows));
  },

  /** Milliseconds for each of `count` point reads. */
  async roundTrips(count, rows) {
    const times = [];
    for (let at = 0; at < count; at++) {
      const start = performance.now();
      await db.get("SELECT id, name, price, note FROM item WHERE id = ?", [1 + ((at * 7919) % rows)]);
      times.push(performance.now() - start);
    }
    return times;
  },

  /** The longest (ms) of the point reads, one after the other, that begin within `time` ms. */
  async longestRead(rows, time) {
    let longest = 0;
    for (const end = performance.now() + time; performance.now() < end; )
      longest = Math.max(longest, ...(await bench.roundTrips(10, rows)));
    return longest;
  },

  /** The page's longest task (ms) while `work` goes on; 0 if none reached 50. */
  async longestTaskOf(work) {
    const tasks = new LongTasks();
    await work();
    return tasks.stop();
  },

  /** The page's longest task (ms) while `total` rows go in, `batch` rows per transaction. */
  longestTask: (total, batch) =>
    bench.longestTaskOf(async () => {
      for (let id = 1; id <= total; id += batch)
        await db.insertMany(INSERT_ITEM, items(first + id, Math.min(batch, total - id + 1)));
    }),

  /** Keeps the page's thread busy for some ms, as nothing should. */
  async busy(time) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const end = performance.now() + time;
    while (performance.now() < end);
  },

  count: () => db.get("SELECT count(*) AS n FROM item", []),
  release: () => db.close(),
};

globalThis.bench = bench;
