// The engine in its worker: loaded, opened, and called. When it is, and what follows from it, says the candidate (crates/sqlite-tab), which calls
// most methods here; a client's calls come past it, and it hears of one only where it left something to be told or waited for.
import { ChannelPort, folderOf } from "./channel.js";
import { Slate } from "./slate.js";

export class Leader {
  #settings;
  #failed;
  /** @type {any} the engine's */
  #module;
  /** @type {WebAssembly.Memory | undefined} the engine's */
  #memory;
  /** @type {any} undefined before it is open, and after its end */
  #engine;
  /** @type {Slate | undefined} */
  #slate;
  /** @type {Map<number, MessagePort | ChannelPort>} */
  #ports = new Map();
  /** @type {import("./tab/hashi_sqlite_tab.js").Candidate | undefined} hears what the engine did */
  candidate;

  /**
   * @param {any} settings what the page starts the worker with
   * @param {(error: any) => void} failed hears that the engine has failed
   */
  constructor(settings, failed) {
    this.#settings = settings;
    this.#failed = failed;
  }

  get isOpen() {
    return this.#engine !== undefined;
  }

  /** SQLite itself. Its absence is the server's or the network's, and not the browser's want of OPFS. */
  async load() {
    const { glue, wasm } = this.#settings.urls;
    try {
      this.#module ??= await import(/* @vite-ignore */ glue);
      ({ memory: this.#memory } = await this.#module.default({ module_or_path: wasm }));
    } catch (error) {
      const what = `SQLite can't be loaded from ${glue} and ${wasm}: ${error?.message ?? error}`;
      throw Object.assign(new Error(what), { name: "NoEngineError" });
    }
  }

  async open(inMemory, live) {
    const { name, synchronous, busyTimeout, transactionIdle } = this.#settings;
    // The engine takes it for granted.
    if (!inMemory && !navigator.storage?.getDirectory) throw new TypeError("navigator.storage.getDirectory is missing");
    const file = `${name}.db`.replace(/\.db\.db$/, ".db");
    const folder = inMemory ? undefined : `.hashi-sqlite/${folderOf(name)}`;
    const engine = await this.#module.open(file, folder, synchronous === "normal", live, busyTimeout, transactionIdle);
    this.#slate = new Slate(engine, this.#memory);
    this.#engine = engine;
    return engine.epoch;
  }

  connect(client, port, busy) {
    const before = this.#ports.get(client);
    if (before) {
      before.onmessage = null;
      before.close();
    }
    // The worker's own page speaks to the worker itself, which a MessagePort is not.
    this.#use((engine) => engine.connect(client, port ?? globalThis, busy));
    if (!port) return;
    this.#ports.set(client, port);
    port.onmessage = ({ data }) => this.receive(client, data);
  }

  portOn(channel, client) {
    return new ChannelPort(channel, "answer", client);
  }

  /** A client's message: nothing may come before it that costs. */
  receive(client, message) {
    const engine = this.#engine;
    if (!engine) return;
    try {
      if (this.#slate.write(message)) engine.receive_written(client);
      else engine.receive(client, message);
    } catch (error) {
      return this.#failed(error);
    }
    this.#served(engine);
  }

  disconnect(client) {
    this.#ports.delete(client);
    this.#use((engine) => engine.disconnect(client));
  }

  tick() {
    this.#use((engine) => engine.tick());
  }

  takeChange() {
    return this.#engine?.take_change();
  }

  close() {
    const engine = this.#engine;
    this.#engine = undefined;
    try {
      engine?.close();
    } catch (error) {
      // Its worker ends now, and with it the file's handles.
      console.error("hashi-sqlite: the database was not closed properly", error);
    }
  }

  /** Nobody is to call the engine any more. */
  abandon() {
    this.#engine = undefined;
  }

  #use(act) {
    const engine = this.#engine;
    if (!engine) return;
    try {
      act(engine);
    } catch (error) {
      return this.#failed(error);
    }
    this.#served(engine);
  }

  #served(engine) {
    const change = engine.has_change();
    const wait = engine.next_tick();
    if (change || wait !== undefined) this.candidate?.served(change, wait);
  }
}
