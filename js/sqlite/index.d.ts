// The interface of the browser database. docs/sqlite.md has the protocol behind it.

/** What a column holds: null, integer (bigint from 2^53 on), real, text, blob. */
export type Value = null | number | bigint | string | Uint8Array;

/** What a parameter may be. A whole safe number is bound as integer, any other number as real; a boolean as 0 or 1. */
export type Parameter = Value | boolean | ArrayBuffer | ArrayBufferView;

/** For `?`, `?1`: an array. For `:name`, `@name`, `$name`: an object whose keys are the names without their first sign. */
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter>>;

/** A row by column name. Of two columns with one name the last one stays: name them with AS. */
export type Row = Record<string, Value>;

/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the wait. A read rejects at once with the signal's reason. A write that the leader has not begun is taken back
   * and rejects with the reason; one that it has done resolves as if nothing had happened.
   */
  signal?: AbortSignal;
  /** Milliseconds until the call fails with code `timeout` (default: `OpenOptions.timeout`). 0: never. */
  timeout?: number;
}

/** One step of the schema. Versions count up from 1 without a gap. */
export interface Migration {
  version: number;
  /** Any number of statements. */
  sql: string;
}

/**
 * How to open a database. Tabs that share one should open it alike; where they differ, the leader's settings count.
 * Milliseconds may be Infinity.
 */
export interface OpenOptions {
  /**
   * `"opfs"` (default) persists. `"memory"` lives in the leader's memory and is gone with it; it is never chosen for you.
   * `"opfs-or-memory"`: memory where this browser or mode has no OPFS; `status().storage` tells which.
   */
  storage?: "opfs" | "memory" | "opfs-or-memory";
  /** Run once by the leader, all missing ones in one transaction. `PRAGMA user_version` holds the version reached. */
  migrations?: readonly Migration[];
  /** Milliseconds until `open` fails with code `open_timeout` (default 10 000). */
  openTimeout?: number;
  /** Milliseconds a call waits while another tab's transaction is open, then `busy` (default 1 000). */
  busyTimeout?: number;
  /** Deadline of each call in milliseconds (default 30 000). 0: none. */
  timeout?: number;
  /** Milliseconds a transaction may do nothing while others wait, then it is rolled back (default 5 000). */
  transactionIdle?: number;
  /** Milliseconds without a sign of life until `status()` calls the leader unresponsive (default 1 000). */
  unresponsiveAfter?: number;
  /** Milliseconds after which a tab replaces its own worker if that hangs as leader (default 35 000, never less than `timeout`). */
  hangAfter?: number;
  /** `PRAGMA synchronous` (default `"full"`: an acknowledged write survives power loss; `"normal"`: it survives a crash of the browser). */
  synchronous?: "full" | "normal";
  /** How tabs reach the leader: `"auto"` (default) takes MessagePorts where there is SharedWorker, else a BroadcastChannel. */
  transport?: "auto" | "broadcast";
  /**
   * Called once when another tab has brought a newer schema: this tab's calls fail with `schema_outdated` until it is reloaded. Not called where the tab
   * that leads only speaks another version of the protocol (`protocol_outdated`), for that passes when another one leads.
   */
  onOutdated?: (versions: { ours: number; database: number }) => void;
}

/** Opens a database or joins the tabs that have it open. Rejects with a {@link DatabaseError}. */
export function open(name: string, options?: OpenOptions): Promise<DatabaseClient>;

/** Closes every database that this page has open. */
export function closeAll(): Promise<void>;

/** Whether this browser, in this mode, can keep a database: Web Locks, dedicated workers, OPFS with sync access handles. */
export function supported(): Promise<{ opfs: boolean; sharedWorker: boolean; locks: boolean }>;

/** Removes a database from OPFS. Rejects with code `in_use` while a tab has it open. */
export function remove(name: string): Promise<void>;

/** What a write did. */
export interface RunResult {
  /** Rows that this statement inserted, updated or deleted, triggers not counted. */
  changes: number;
  /** The connection's last inserted rowid after this statement. */
  lastInsertRowid: number | bigint;
}

/** One element of a batch: a statement with parameters, or one run for each of `rows`. */
export type BatchStatement =
  | string
  | { sql: string; params?: Parameters }
  | { sql: string; rows: readonly (readonly Parameter[])[] };

/** The calls that a database and a transaction have in common. */
export interface Queryable {
  /** Runs any number of statements without parameters. Outside a transaction they are one transaction. */
  exec(sql: string, options?: CallOptions): Promise<void>;
  /** The first row, or undefined. */
  get<R = Row>(sql: string, params?: Parameters, options?: CallOptions): Promise<R | undefined>;
  /** All rows. */
  all<R = Row>(sql: string, params?: Parameters, options?: CallOptions): Promise<R[]>;
  /** All rows as arrays, with the columns' names: cheaper for many rows. */
  values(sql: string, params?: Parameters, options?: CallOptions): Promise<{ columns: string[]; rows: Value[][] }>;
  /** Runs one statement that changes something. */
  run(sql: string, params?: Parameters, options?: CallOptions): Promise<RunResult>;
  /** Runs several statements with one message and, outside a transaction, as one transaction. For `rows` the changes are summed. */
  batch(statements: readonly BatchStatement[], options?: CallOptions): Promise<RunResult[]>;
}

/** A statement that the leader keeps prepared. */
export interface Statement {
  readonly sql: string;
  /** Names of the columns it answers with; empty for a statement that gives no rows. */
  readonly columns: readonly string[];
  readonly readonly: boolean;
  readonly parameters: number;
  get<R = Row>(params?: Parameters, options?: CallOptions): Promise<R | undefined>;
  all<R = Row>(params?: Parameters, options?: CallOptions): Promise<R[]>;
  values(params?: Parameters, options?: CallOptions): Promise<{ columns: string[]; rows: Value[][] }>;
  iterate<R = Row>(params?: Parameters, options?: CallOptions): AsyncIterableIterator<R>;
  run(params?: Parameters, options?: CallOptions): Promise<RunResult>;
}

/** What is in a transaction. Its calls fail with `transaction_over` after the callback has settled. */
export interface Transaction extends Queryable {}

export interface TransactionOptions extends CallOptions {
  /**
   * How often the callback is run again if the leader was lost before COMMIT (default 0). The callback must then have no
   * effect outside `tx`. Without it the call rejects with `transaction_lost`, and nothing of it was applied.
   */
  retries?: number;
}

/** Tables that a commit may have changed. */
export interface Change {
  /** Grows with each leader. */
  epoch: number;
  /** Grows by one with each commit of an epoch that changed something; a gap means that several commits were told at once. */
  sequence: number;
  /** `null`: assume all (the schema changed, a file was imported, or a new leader came). */
  tables: readonly string[] | null;
}

export interface SubscribeOptions {
  /** Told what a re-run failed with; the subscription goes on. Without it failures go to `reportError`. */
  onError?: (error: DatabaseError) => void;
  signal?: AbortSignal;
}

export interface Status {
  /** `"outdated"`: calls fail, for this tab's schema is older than the database's or its protocol is not the leader's. */
  state: "connecting" | "ready" | "unresponsive" | "outdated" | "closed";
  role: "leader" | "follower";
  storage: "opfs" | "memory" | null;
  /** How this tab's calls travel: to its own worker, through a port to another tab's worker, over a BroadcastChannel. */
  transport: "worker" | "port" | "broadcast" | null;
  epoch: number | null;
  /** The schema's version in the database. */
  schema: number | null;
  /** Bytes; null while the leader doesn't answer. */
  sizes: { database: number; wal: number } | null;
  queue: {
    /** Calls of this tab that have no answer yet. */
    pending: number;
    /** Calls of all tabs that wait for a transaction's end. */
    waiting: number | null;
    /** Whether a transaction is open. */
    transaction: boolean | null;
  };
  /** Tabs connected to the leader, itself included. */
  clients: number | null;
  /** Milliseconds since the leader last gave a sign of life; 0 while it answers. */
  silentFor: number;
  /** What a person can do about an unresponsive leader, else null. */
  advice: string | null;
}

export interface DatabaseClient extends Queryable, AsyncDisposable {
  readonly name: string;
  /** Identifies this client in the protocol. */
  readonly id: string;
  /** Rows one by one from one consistent snapshot; they come in chunks, the next one while the last is read. */
  iterate<R = Row>(sql: string, params?: Parameters, options?: CallOptions): AsyncIterableIterator<R>;
  prepare(sql: string, options?: CallOptions): Promise<Statement>;
  /** Commits when the callback's promise resolves, rolls back when it rejects, and gives that promise's outcome. */
  transaction<T>(callback: (tx: Transaction) => Promise<T> | T, options?: TransactionOptions): Promise<T>;
  /** Calls back with the rows now and after each commit, of any tab, that may have changed a table the query reads. Returns how to stop. */
  subscribe<R = Row>(
    sql: string,
    params: Parameters,
    callback: (rows: R[]) => void,
    options?: SubscribeOptions,
  ): () => void;
  /** Calls back after each commit of any tab that changed something. Returns how to stop. */
  onChange(callback: (change: Change) => void): () => void;
  /** The whole database as a file that the sqlite3 command opens. */
  export(options?: CallOptions): Promise<Uint8Array>;
  /** Replaces the whole content with a database file's, atomically. Migrations that the file lacks are run on it. */
  import(file: Uint8Array | ArrayBuffer, options?: CallOptions): Promise<void>;
  /** Never rejects and never waits longer than `unresponsiveAfter`. */
  status(): Promise<Status>;
  /** Lets what was sent finish, then frees worker, lock and file. Rejects nothing; later calls fail with `closed`. */
  close(): Promise<void>;
}

/** Stable codes of {@link DatabaseError}. */
export type ErrorCode =
  | "no_opfs" // this browser or mode has no OPFS
  | "no_engine" // SQLite's wasm or its JavaScript, or the tab's own wasm, could not be fetched or compiled
  | "no_locks" // no Web Locks: not a secure context, or a very old browser
  | "open_timeout" // no leader answered in time
  | "quota_exceeded" // the browser gave no more room; nothing of the call was applied
  | "busy" // another tab's transaction was open for longer than busyTimeout
  | "timeout" // the deadline passed
  | "leader_unresponsive" // the deadline passed while the leader gave no sign of life
  | "leader_lost" // an in-memory database went with its tab
  | "transaction_lost" // the leader went before COMMIT; nothing of it was applied
  | "transaction_expired" // idle for longer than transactionIdle while others waited
  | "transaction_over" // the callback has settled
  | "schema_outdated" // another tab brought a newer schema: reload
  | "protocol_outdated" // this tab and the one that leads are of different versions of this package: the message says which to reload
  | "migration_failed"
  | "not_a_database" // import was given something else
  | "corrupt"
  | "constraint"
  | "sql" // SQLite refused the statement
  | "not_allowed" // BEGIN, ATTACH, temporary tables …: the message says what to use instead
  | "parameter" // a parameter of the wrong kind, number or name
  | "in_use"
  | "io"
  | "closed"
  | "internal";

export class DatabaseError extends Error {
  readonly code: ErrorCode;
  /** SQLite's extended result code, where it was SQLite that refused. */
  readonly sqlite: number | undefined;
  /**
   * Of a failed write: `"none"`: nothing of it was applied, now or later. `"unknown"`: the leader was gone or silent, and it
   * may have been applied.
   */
  readonly outcome: "none" | "unknown";
}
