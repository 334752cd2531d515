// Who is measured, and what has to be known about each to read the figures.

const packed = "/build/bench/sqlite";
const plain = "/bench/sqlite/contenders";

/**
 * `module` is what the page imports; `settles` is why a contender may have other durability settings than the rest, and
 * `alone` why a second tab can't be measured with it.
 */
export const contenders = [
  { name: "Hashi", module: `${plain}/hashi.mjs`, ours: true },
  {
    name: "sqlite-wasm",
    module: `${plain}/sqlite-wasm.mjs`,
    alone: "its SyncAccessHandle pool belongs to one tab",
  },
  { name: "wa-sqlite", module: `${plain}/wa-sqlite.mjs`, alone: "AccessHandlePoolVFS belongs to one tab" },
  {
    name: "sqlocal",
    module: `${packed}/sqlocal.mjs`,
    alone: "an exclusive lock, which WAL needs here, keeps a second tab out",
  },
  {
    name: "Turso",
    module: `${plain}/turso.mjs`,
    alone: "it opens its file for one tab",
    settles: "it has settings of its own; it is an engine of its own, not SQLite",
  },
];
