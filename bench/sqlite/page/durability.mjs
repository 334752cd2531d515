// What every contender is asked for, so that a faster one isn't just a more forgetful one.

/** SQL for a fresh connection, in this order: WAL without shared memory needs the exclusive lock first. */
export const SETTINGS = ["PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"];

/** What a connection must then say of itself. `synchronous` 2 is FULL: each commit is flushed to the disk. */
export const EXPECTED = { journal_mode: "wal", synchronous: 2, locking_mode: "exclusive" };

/** Shown beside them: a contender's own choices, which cost or save time without losing anything. */
const OWN = ["page_size", "cache_size", "wal_autocheckpoint"];

/** What a connection says of itself; a pragma that it doesn't know is null. */
export async function durabilityOf(db) {
  const said = {};
  for (const name of [...Object.keys(EXPECTED), ...OWN]) {
    try {
      const row = await db.get(`PRAGMA ${name}`, []);
      said[name] = row ? Object.values(row)[0] : null;
    } catch (_) {
      said[name] = null;
    }
  }
  return said;
}
