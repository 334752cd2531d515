// What a tab of the chaos run can do, as `tab`. Each call answers with what the tab knows then, never with a guess.
import { open } from "../../../build/sqlite/index.js";

const ACCOUNTS = 8;
const START = 1_000;

const migrations = [
  {
    version: 1,
    sql: `
      CREATE TABLE entry (seq INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT NOT NULL, part INTEGER NOT NULL, of INTEGER NOT NULL);
      CREATE INDEX entry_op ON entry (op);
      CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance > -1000000));
      CREATE TABLE bulk (load BLOB NOT NULL);
      CREATE TABLE once (op TEXT PRIMARY KEY) WITHOUT ROWID;
      ${Array.from({ length: ACCOUNTS }, (_, id) => `INSERT INTO account VALUES (${id}, ${START});`).join("\n")}
    `,
  },
];

const ENTRY = "INSERT INTO entry (op, part, of) VALUES (?, ?, ?)";
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

let db;

/** The sum of all balances, how many entries there are, and the newest, in one statement. */
const SNAPSHOT = `SELECT (SELECT sum(balance) FROM account) AS total, (SELECT count(*) FROM account) AS accounts,
  (SELECT count(*) FROM entry) AS entries, (SELECT coalesce(max(seq), 0) FROM entry) AS newest`;

const calls = {
  /** One row, by itself. */
  write: ({ op }) => db.run(ENTRY, [op, 0, 1]).then(() => null),

  /** Several rows in one message. */
  batch: ({ op, rows }) =>
    db.batch([{ sql: ENTRY, rows: Array.from({ length: rows }, (_, part) => [op, part, rows]) }]).then(() => null),

  /** One row and four megabytes, which the file has to grow for. */
  bulky: ({ op }) =>
    db
      .batch([
        { sql: ENTRY, params: [op, 0, 1] },
        { sql: "INSERT INTO bulk VALUES (zeroblob(?))", params: [4 << 20] },
      ])
      .then(() => null),

  /** Moves money between two accounts and writes two entries, over several messages. */
  transfer: ({ op, from, to, amount, think }) =>
    db.transaction(async (tx) => {
      const before = await tx.get("SELECT balance FROM account WHERE id = ?", [from]);
      await tx.run("UPDATE account SET balance = balance - ? WHERE id = ?", [amount, from]);
      await tx.run(ENTRY, [op, 0, 2]);
      if (think > 0) await sleep(think);
      await tx.run("UPDATE account SET balance = balance + ? WHERE id = ?", [amount, to]);
      await tx.run(ENTRY, [op, 1, 2]);
      // Nobody else can have been between our statements.
      const after = await tx.get("SELECT balance FROM account WHERE id = ?", [from]);
      const expected = from === to ? before.balance : before.balance - amount;
      if (after.balance !== expected)
        throw new Error(`interleaved: ${before.balance} became ${after.balance}, not ${expected}`);
      return null;
    }),

  /** A transaction that ends with an error of its own: nothing of it may stay. */
  async abandon({ op, from, amount, think }) {
    const given = new Error("given up");
    try {
      await db.transaction(async (tx) => {
        await tx.run("UPDATE account SET balance = balance - ? WHERE id = ?", [amount, from]);
        await tx.run(ENTRY, [op, 0, 1]);
        if (think > 0) await sleep(think);
        throw given;
      });
    } catch (error) {
      if (error !== given) throw error;
    }
    return { rolledBack: true };
  },

  /** The same key twice: the second must be refused, and so must its entry in the same batch. */
  async constraint({ op }) {
    await db.batch([
      { sql: "INSERT INTO once (op) VALUES (?)", params: [op] },
      { sql: ENTRY, params: [op, 0, 1] },
    ]);
    try {
      await db.batch([
        { sql: ENTRY, params: [op, 1, 1] },
        { sql: "INSERT INTO once (op) VALUES (?)", params: [op] },
      ]);
    } catch (error) {
      if (error.code === "constraint") return null;
      // The first batch is there all the same.
      return { second: error.code ?? String(error) };
    }
    throw new Error("a key went in twice");
  },

  /** What one statement sees. */
  read: () => db.get(SNAPSHOT),

  /** What two statements of one transaction see, and the rows themselves streamed. */
  audit: () =>
    db.transaction(async (tx) => {
      const first = await tx.get(SNAPSHOT);
      const torn = await tx.all("SELECT op, count(*) AS n, of FROM entry GROUP BY op HAVING n <> of LIMIT 5");
      const second = await tx.get(SNAPSHOT);
      return { ...first, torn: torn.map(({ op }) => op), second };
    }),
};

const tab = {
  /** Joins; the options are short, so that a fault is met within the run. */
  async start(name, transport) {
    db = await open(name, {
      migrations,
      transport,
      openTimeout: 20_000,
      timeout: 8_000,
      busyTimeout: 4_000,
      transactionIdle: 2_000,
    });
    return db.id;
  },

  /** Runs one call: `{ok, value}`, or `{code, outcome, message}`. */
  async call(step) {
    try {
      return { ok: true, value: await calls[step.kind](step) };
    } catch (error) {
      return {
        ok: false,
        code: error.code ?? null,
        outcome: error.outcome ?? null,
        message: String(error.message ?? error),
      };
    }
  },

  status: () => db.status(),
  close: () => db.close(),

  /** Everything that the judge compares. */
  async contents() {
    const { rows } = await db.values(
      "SELECT op, count(*), min(part), max(part), max(of), count(DISTINCT part) FROM entry GROUP BY op",
    );
    return {
      entries: rows,
      total: (await db.get("SELECT sum(balance) AS total FROM account")).total,
      integrity: (await db.all("PRAGMA integrity_check")).map((row) => Object.values(row)[0]),
    };
  },

  /** The database as a file, in base64. */
  async file() {
    const bytes = await db.export();
    return bytes.toBase64();
  },
};

globalThis.tab = tab;
