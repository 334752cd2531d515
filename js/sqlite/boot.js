// What only a script of the package can start, for its address is beside its own: the tab's wasm, workers, the broker.
import { DatabaseError } from "./error.js";
import init, { Tab } from "./tab/hashi_sqlite_tab.js";

/** @type {Promise<{ Tab: typeof Tab, memory: WebAssembly.Memory }> | undefined} */
let loading;

/** The part of a tab that is Rust; loaded once for all databases of a page. */
export function loadTab() {
  const address = new URL("./tab/hashi_sqlite_tab_bg.wasm", import.meta.url);
  loading ??= init({ module_or_path: address }).then(
    ({ memory }) => ({ Tab, memory }),
    (error) => {
      // The next one may have the luck that this one had not.
      loading = undefined;
      const what = `the database's tab can't be loaded from ${address.href}: ${error?.message ?? error}`;
      const policy = "a page with a Content-Security-Policy needs 'wasm-unsafe-eval' in its script-src";
      throw new DatabaseError("no_engine", `${what} (${policy})`, { cause: error });
    },
  );
  return loading;
}

/** Where the leader finds SQLite. */
export const engine = {
  glue: new URL("./engine/hashi_sqlite.js", import.meta.url).href,
  wasm: new URL("./engine/hashi_sqlite_bg.wasm", import.meta.url).href,
};

/**
 * Starts a database worker, which does nothing until it is told to. `control` hears what it says, calls aside; `["broken", why]` if its script can't run.
 * @param {string} key
 * @param {(message: any[]) => void} control
 */
export function startWorker(key, control) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: key });
  // Calls go the short way, between control messages: those begin with a number, these with a word.
  const direct = {
    onmessage: /** @type {((event: { data: any }) => void) | null} */ (null),
    postMessage: (message) => worker.postMessage(message),
    close() {},
  };
  worker.onmessage = ({ data }) => {
    if (typeof data[0] === "number") direct.onmessage?.({ data });
    else control(data);
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    control(["broken", event.message ?? "its script did not load"]);
  };
  return {
    direct,
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/**
 * Starts the broker, or finds the one that another tab has started. Undefined where there can be none.
 * @param {(message: any[]) => void} heard
 * @param {() => void} failed
 */
export function startBroker(heard, failed) {
  try {
    const broker = new SharedWorker(new URL("./broker.js", import.meta.url), { name: "hashi-sqlite" });
    broker.onerror = failed;
    broker.port.onmessage = ({ data }) => heard(data);
    return broker;
  } catch {
    return undefined;
  }
}
