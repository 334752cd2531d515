// The steps of `composed`.

/** What a step of `run` does: three bytes, of which the first says what, the others which slots or numbers. Each gives a number. */
export const steps = [
  "make", // a counter at b into slot a: its handle
  "get", // slot a
  "add", // b to slot a
  "drop", // slot a, which goes on holding the number
  "merge", // slots a and b, into slot a
  "look", // at slot a, by way of the borrower
  "live", // how many counters there are
  "copy", // slot b to slot a
  "keep", // slot a, by the borrower
  "pass", // slot a through the borrower and back
  "all", // slots a to b, by the borrower
  "absorb", // slots a and b: their sum, and the second is gone
  "hoard", // slot a, which the borrower has from then on: its handle there
  "give", // slot a to the borrower, which gives away what it borrowed
];
