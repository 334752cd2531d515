// What the engine can't reach by itself: clients' ports, locks, timers, the channel.
import { ChannelPort, clientLock } from "./channel.js";
import { Slate } from "./slate.js";
import { after } from "./timer.js";

/** Commits that follow one another within this time are told together. */
const tellEvery = 8;

export class Leader {
  #key;
  #id;
  #engine;
  #slate;
  #died;
  #channel;
  /** @type {Map<number, any>} */
  #ports = new Map();
  /** @type {Map<number, number>} the last attempt of each client to connect */
  #attempts = new Map();
  #watched = new Set();
  #ticking;
  #tickAt = 0;
  #telling;
  #toldAt = 0;

  /** `id` is the client whose worker this is. */
  constructor(key, id, { engine, memory, storage }, died) {
    this.#key = key;
    this.#id = id;
    this.#engine = engine;
    this.#slate = new Slate(engine, memory);
    this.#died = died;
    this.storage = storage;
    this.epoch = engine.epoch;
    this.#channel = new BroadcastChannel(key);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Tells all tabs who leads. */
  announce() {
    this.#channel?.postMessage(["leader", this.epoch, this.storage, this.#id]);
  }

  #hear([what, client, message, attempt]) {
    if (what === "who") this.announce();
    else if (what === "connect")
      this.connect(client, new ChannelPort(this.#channel, "answer", client), message, attempt);
    else if (what === "call") {
      const port = this.#ports.get(client);
      // It may have got a better port meanwhile.
      if (port instanceof ChannelPort) port.onmessage?.({ data: message });
    }
  }

  /** A client's port, a new one perhaps: what came before on another is given up. */
  connect(client, port, busy, attempt) {
    if (!this.#engine || attempt <= this.#attempts.get(client)) return;
    this.#attempts.set(client, attempt);
    const before = this.#ports.get(client);
    if (before) {
      before.onmessage = null;
      before.close();
    }
    this.#ports.set(client, port);
    this.#run((engine) => engine.connect(client, port, busy));
    port.onmessage = ({ data }) => this.#receive(client, data);
    if (this.#watched.has(client)) return;
    this.#watched.add(client);
    // Granted when its tab is gone, however it went.
    navigator.locks.request(clientLock(this.#key, client), () => {
      this.#watched.delete(client);
      this.#ports.delete(client);
      this.#attempts.delete(client);
      this.#run((engine) => engine.disconnect(client));
    });
  }

  #receive(client, message) {
    this.#run((engine) => {
      if (this.#slate.write(message)) engine.receive_written(client);
      else engine.receive(client, message);
    });
  }

  #run(act) {
    const engine = this.#engine;
    if (!engine) return;
    try {
      act(engine);
    } catch (error) {
      // Its memory can't be trusted any more. What was committed is in the file.
      this.#engine = undefined;
      this.#died(error);
      return;
    }
    if (engine.has_change() && this.#telling === undefined) this.#tellSoon();
    this.#tickSoon(engine);
  }

  #tickSoon(engine) {
    const wait = engine.next_tick();
    if (wait === undefined) return;
    const at = performance.now() + Math.max(1, wait);
    if (this.#ticking !== undefined && this.#tickAt <= at + 1) return;
    clearTimeout(this.#ticking);
    this.#tickAt = at;
    this.#ticking = after(at - performance.now(), () => {
      this.#ticking = undefined;
      this.#run((engine) => engine.tick());
    });
  }

  #tellSoon() {
    const wait = this.#toldAt + tellEvery - performance.now();
    if (wait <= 0) this.#tell();
    else this.#telling = setTimeout(() => this.#tell(), wait);
  }

  #tell() {
    this.#telling = undefined;
    const change = this.#engine?.take_change();
    if (!change) return;
    this.#toldAt = performance.now();
    this.#channel?.postMessage(["changed", this.epoch, ...change]);
  }

  /** Gives the file back. Calls that come later stay without an answer: their clients send them to the next leader. */
  close() {
    clearTimeout(this.#telling);
    clearTimeout(this.#ticking);
    this.#tell();
    const engine = this.#engine;
    this.#engine = undefined;
    for (const port of this.#ports.values()) port.onmessage = null;
    this.#channel.onmessage = null;
    try {
      engine?.close();
    } finally {
      this.#channel.close();
    }
  }
}
