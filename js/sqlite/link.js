// A client's link to whoever leads: finds the leader, connects to it, hears of the next one.
import { BrokerLink } from "./broker-link.js";
import { Calls } from "./calls.js";
import { ChannelPort, clientLock, keyOf } from "./channel.js";
import { closedError, DatabaseError, failureOf, silence } from "./error.js";
import { HELLO, Op, OUTDATED } from "./op.js";
import { OwnWorker } from "./own-worker.js";
import { after } from "./timer.js";

/** Milliseconds until an unanswered hello is sent another way. */
const helloAgain = 400;
const mostHelloAgain = 3000;

/** Milliseconds until a worker that could not open the file is replaced. */
const failedAgain = 1000;

export class Link {
  #settings;
  #key;
  #calls;
  #worker;
  #channel;
  #broker;
  #port;
  #tries = 0;
  #attempt = 0;
  #helloTimer;
  #freeLock;
  #opened = Promise.withResolvers();
  #announced = null;
  state = "connecting";
  epoch = null;
  storage = null;
  schema = null;
  transport = null;
  role = "follower";
  /** @type {(change: { epoch: number, sequence: number, tables: string[] | null }) => void} */
  onchange = () => {};

  constructor(settings) {
    this.#settings = settings;
    this.#key = keyOf(settings.name, settings.storage);
    // Integers of 48 bits: chosen by chance, exact in JavaScript, short in the ledger.
    this.id = Number(crypto.getRandomValues(new BigUint64Array(1))[0] >> 16n);
    this.#calls = new Calls(settings, this);
    this.#worker = new OwnWorker(settings, this.#key, this.id, {
      hear: (message) => this.#hearWorker(message),
      died: () => this.#replaceWorker(),
      broken: (error) => this.#opened.reject(error),
    });
  }

  /** Resolves when a leader has welcomed this client. */
  async start() {
    await new Promise((granted) => {
      navigator.locks.request(clientLock(this.#key, this.id), () => {
        granted(undefined);
        return new Promise((free) => {
          this.#freeLock = free;
        });
      });
    });
    this.#channel = new BroadcastChannel(this.#key);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    const brokered = this.#settings.transport === "auto" && typeof SharedWorker === "function";
    if (brokered) this.#broker = new BrokerLink(this.#key, () => this.#offerWorker());
    this.#startWorker();
    this.#channel.postMessage(["who"]);
    const timer = after(this.#settings.openTimeout, () => this.#openTimedOut());
    try {
      await this.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #startWorker() {
    this.#worker.start();
    this.#offerWorker();
  }

  #offerWorker() {
    if (!this.#broker) return;
    const { port1, port2 } = new MessageChannel();
    this.#worker.post(["broker"], [port1]);
    this.#broker.offer(port2);
  }

  /** Gives up the worker, and with it lock and file if it leads, and waits in line with a new one. */
  #replaceWorker() {
    if (this.state === "closed") return;
    if (this.role === "leader") this.#lose();
    this.role = "follower";
    this.#startWorker();
  }

  #lose() {
    this.#port?.close();
    this.#port = undefined;
    this.transport = null;
    if (this.state !== "closed") this.state = "connecting";
  }

  #hearWorker([what, ...rest]) {
    if (what === "leading") {
      const [epoch, storage] = rest;
      this.role = "leader";
      this.#announced = epoch;
      this.#attach(this.#worker.direct, epoch, storage, "worker");
    } else if (what === "failed") {
      const [code, message, sqlite] = rest;
      if (this.epoch === null) {
        this.#calls.failAll(code, message);
        failureOf([0, 1, code, message, sqlite]).then((error) => this.#opened.reject(error));
      } else {
        // It was open before: what stood in the way may pass, and another tab may lead meanwhile.
        setTimeout(() => this.#replaceWorker(), failedAgain);
      }
    } else if (what === "died") {
      console.error(`hashi-sqlite: the leader of ${this.#settings.name} is replaced: ${rest[0]}`);
      this.#replaceWorker();
    }
  }

  #hear([what, ...rest]) {
    if (what === "leader") {
      const [epoch, storage, leader] = rest;
      // Our own worker tells us itself.
      if (leader === this.id) return;
      if (this.#announced !== null && epoch <= this.#announced && this.#port) return;
      this.#announced = epoch;
      this.role = "follower";
      this.#tries = 0;
      this.#connect(epoch, storage);
    } else if (what === "changed") {
      const [epoch, sequence, tables] = rest;
      this.onchange({ epoch, sequence, tables });
    } else if (what === "answer") {
      const [client, message] = rest;
      if (client === this.id && this.transport === "broadcast") this.#port?.onmessage?.({ data: message });
    } else if (what === "silent") {
      if (this.role === "leader" && rest[0] === this.epoch) this.#calls.suspect();
    }
  }

  /** Connects to another tab's worker: through the broker, or where that gives no answer over the channel. */
  #connect(epoch, storage) {
    if (this.state === "closed") return;
    const viaBroker = this.#broker?.usable && this.#tries % 3 < 2;
    const wait = Math.min(helloAgain * 2 ** this.#tries, mostHelloAgain);
    this.#tries++;
    // The number tells a late attempt from the last one.
    const who = [this.id, this.#settings.busyTimeout, ++this.#attempt, epoch];
    if (viaBroker) {
      const { port1, port2 } = new MessageChannel();
      this.#broker.connect(who, port2);
      this.#attach(port1, epoch, storage, "port");
    } else {
      this.#channel.postMessage(["connect", ...who]);
      this.#attach(new ChannelPort(this.#channel, "call", this.id), epoch, storage, "broadcast");
    }
    clearTimeout(this.#helloTimer);
    this.#helloTimer = setTimeout(() => {
      if (this.state === "connecting" && this.#announced === epoch && this.role === "follower")
        this.#connect(epoch, storage);
    }, wait);
  }

  #attach(port, epoch, storage, transport) {
    if (this.state === "closed") return;
    if (this.#port && this.#port !== port) this.#port.close();
    this.#port = port;
    this.transport = transport;
    this.state = "connecting";
    port.onmessage = ({ data }) => this.#receive(data, epoch, storage);
    const migrations = this.#settings.migrations.map(({ version, sql }) => [version, sql]);
    port.postMessage([Op.HELLO, HELLO, 0, 0, 0, false, migrations]);
    this.#calls.attached();
  }

  #receive(answer, epoch, storage) {
    this.#calls.heard();
    if (this.state === "unresponsive") this.state = "ready";
    const id = answer[0];
    if (id > 0) this.#calls.settle(id, answer);
    else if (id === HELLO) this.#welcome(answer, epoch, storage);
    else if (id === OUTDATED) this.#outdated(answer[1], answer[2]);
  }

  #welcome(answer, epoch, storage) {
    if (this.state !== "connecting") return;
    clearTimeout(this.#helloTimer);
    if (answer[1] !== 0) {
      const [, , code, message, , , versions] = answer;
      if (code === "schema_outdated" && this.epoch !== null) return this.#outdated(versions[0], versions[1]);
      this.#calls.failAll(code, message);
      return this.#opened.reject(new DatabaseError(code, message));
    }
    if (storage === "memory" && this.#settings.storage === "opfs") {
      const what = "the tab that leads found no OPFS and was told to go on in memory; this tab was not";
      return this.#opened.reject(new DatabaseError("no_opfs", what));
    }
    const before = this.epoch;
    this.epoch = epoch;
    this.storage = storage;
    this.schema = answer[3];
    this.state = "ready";
    const emptied = storage === "memory" && before !== null && before !== epoch;
    this.#calls.sendAll(emptied);
    // Commits of the last moments of the old leader may have gone untold.
    if (before !== null && before !== epoch) this.onchange({ epoch, sequence: 0, tables: null });
    this.#opened.resolve(undefined);
  }

  /** Sends a message to the leader, if there is a way to one. */
  post(message) {
    this.#port?.postMessage(message);
  }

  /** The leader has owed an answer for `silent` milliseconds. */
  unheard(silent) {
    const { unresponsiveAfter, hangAfter } = this.#settings;
    if (silent > unresponsiveAfter) {
      if (this.state === "ready") this.state = "unresponsive";
      this.#channel?.postMessage(["silent", this.epoch]);
    }
    if (this.role === "leader" && silent > hangAfter) this.#replaceWorker();
  }

  /** Sends a call, as {@link Calls} does. */
  call(op, a, b, options, how) {
    return this.#calls.call(op, a, b, options, how);
  }

  /** Tells the leader something that has no answer. */
  tell(op, a) {
    this.#calls.tell(op, a);
  }

  #outdated(ours, database) {
    this.schema = database;
    if (this.outdated) return;
    this.outdated = { ours, database };
    this.#calls.outdate();
    this.#settings.onOutdated?.(this.outdated);
  }

  /** @type {{ ours: number, database: number } | undefined} */
  outdated;

  async #openTimedOut() {
    const { held = [] } = await navigator.locks.query();
    const taken = held.some(({ name }) => name === this.#key);
    const waited = `after ${this.#settings.openTimeout} ms`;
    const why = taken ? `another tab holds the database, and ${silence}` : "no leader was elected";
    this.#opened.reject(new DatabaseError("open_timeout", `not open ${waited}: ${why}`));
  }

  get pending() {
    return this.#calls.pending;
  }

  get silentFor() {
    return this.#calls.silentFor;
  }

  /** Waits for the answers under way, then frees everything. */
  async close() {
    if (this.state === "closed") return;
    const patience = new Promise((resolve) => after(Math.max(this.#settings.unresponsiveAfter, 100) * 2, resolve));
    await Promise.race([this.#calls.drained(), patience]);
    this.state = "closed";
    this.#calls.closeAll();
    clearTimeout(this.#helloTimer);
    await this.#worker.close(patience);
    this.#port?.close();
    this.#broker?.close();
    this.#channel?.close();
    this.#freeLock?.();
    this.#opened.promise.catch(() => {});
    this.#opened.reject(closedError());
  }
}
