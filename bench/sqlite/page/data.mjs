// The rows of the benchmark: the same for every contender and every run.

export const SCHEMA = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL, note TEXT NOT NULL);
`;

const WORDS = "harbour bridge river edge lantern cedar paper winter morning signal copper garden window market".split(
  " ",
);

/** A small linear congruential generator: the same numbers everywhere. */
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The row with this id, as parameters of INSERT_ITEM. */
export function item(id) {
  const next = numbers(id);
  const note = Array.from({ length: 8 }, () => WORDS[next(WORDS.length)]).join(" ");
  return [id, `item ${String(id).padStart(6, "0")}`, (id % 4000) / 4, note];
}

export const INSERT_ITEM = "INSERT INTO item (id, name, price, note) VALUES (?, ?, ?, ?)";

/** `count` rows from id `first` on. */
export function items(first, count) {
  return Array.from({ length: count }, (_, at) => item(first + at));
}
