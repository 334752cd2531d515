// The tab's part in wasm, guarded: a fault in there ends this client, and from then on something else refuses in its place.
import { loadTab } from "./boot.js";
import { Ended } from "./ended.js";
import { DatabaseError } from "./error.js";
import { after } from "./timer.js";
import { DROPPED, REFUSED } from "./verdict.js";

/** The tab's wasm, within the time for opening. */
export async function loadInTime(openTimeout) {
  const what = `not open after ${openTimeout} ms: the database's tab is still being fetched`;
  let timer;
  const late = new Promise((_, reject) => {
    timer = after(openTimeout, () => reject(new DatabaseError("open_timeout", what)));
  });
  try {
    return await Promise.race([loadTab(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export class GuardedTab {
  #fallen;
  /** @type {import("./tab/hashi_sqlite_tab.js").Tab | Ended | undefined} */
  #tab;
  /** @type {WebAssembly.Memory | undefined} the tab's */
  #memory;
  #slate = new Float64Array(0);

  /** @param {(what: string) => void} fallen hears what went wrong; nobody is to wait any more for what can't come */
  constructor(fallen) {
    this.#fallen = fallen;
  }

  /** From now on this is the tab. */
  guard(tab, memory) {
    this.#tab = tab;
    this.#memory = memory;
  }

  /** What is guarded, for its state; undefined before it is there. */
  get tab() {
    return this.#tab;
  }

  /** Tells the tab something. */
  enter(act) {
    try {
      return act(this.#tab);
    } catch (error) {
      this.#fall(error);
    }
  }

  // Each call takes these three: not by a closure.

  begin(op, tx, epoch, reads, timeout) {
    try {
      return this.#tab.begin(op, tx, epoch, reads, timeout, performance.now());
    } catch (error) {
      this.#fall(error);
      return REFUSED;
    }
  }

  settle(id, kind) {
    try {
      return this.#tab.settle(id, kind);
    } catch (error) {
      this.#fall(error);
      return DROPPED;
    }
  }

  /** An id, the lowest id without an answer and whether a call is sent again, as the tab has just written them. */
  look() {
    // Memory that has grown is another.
    if (this.#slate.length === 0) this.#slate = new Float64Array(this.#memory.buffer, this.#tab.slate(), 3);
    return this.#slate;
  }

  #fall(error) {
    if (this.#tab instanceof Ended) throw error;
    const what = `the database's tab failed, reload the page: ${error?.message ?? error}`;
    console.error(`hashi-sqlite: ${what}`, error);
    this.#tab = new Ended(["internal", what]);
    this.#fallen(what);
  }

  /** Gives the tab's memory back: the wasm and its desk hold each other, which no collector can see. */
  end() {
    const tab = this.#tab;
    if (tab instanceof Ended) return;
    const { role, storage, epoch, schema } = tab;
    this.#tab = new Ended(tab.refusal(), { role, storage, epoch, schema });
    tab.free();
  }
}
