// Rows that are read again whenever a table they come from was changed.
import { Op } from "./op.js";

/**
 * Begins a subscription; returns how to stop it.
 * @param {import("./client.js").DatabaseClient} client
 * @param {string} sql
 * @param {any} parameters
 * @param {(rows: any[]) => void} callback
 * @param {{ onError?: (error: any) => void, signal?: AbortSignal }} [options]
 */
export function subscribe(client, sql, parameters, callback, { onError, signal } = {}) {
  /** @type {Set<string> | undefined} tables that the statement reads, once they are known */
  let tables;
  let running = false;
  let again = false;
  let stopped = false;

  async function read() {
    if (!tables) {
      const [, , , , , reads] = await client.call(Op.PREPARE, sql);
      tables = new Set(reads);
    }
    return client.all(sql, parameters);
  }

  async function run() {
    again = running;
    if (running || stopped) return;
    running = true;
    try {
      const rows = await read();
      if (!stopped) callback(rows);
    } catch (error) {
      if (!stopped) (onError ?? reportError)(error);
    }
    running = false;
    if (again) run();
  }

  const forget = client.onChange((change) => {
    // The schema may be another: the statement may read other tables.
    if (change.tables === null) tables = undefined;
    if (!tables || change.tables.some((table) => tables.has(table))) run();
  });
  const stop = () => {
    stopped = true;
    forget();
    signal?.removeEventListener("abort", stop);
  };
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  run();
  return stop;
}
