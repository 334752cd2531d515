// A page's link to the SharedWorker that hands ports to the leader; made anew when that has died.

export class BrokerLink {
  #key;
  #reborn;
  /** @type {SharedWorker | undefined} */
  #broker;
  #watch = new AbortController();
  #again;
  usable = true;

  /** `reborn` is called when a new broker has come that knows no worker yet. */
  constructor(key, reborn) {
    this.#key = key;
    this.#reborn = reborn;
    this.#start();
  }

  #start(wait = 250) {
    try {
      this.#broker = new SharedWorker(new URL("./broker.js", import.meta.url), { name: "hashi-sqlite" });
    } catch {
      this.usable = false;
      return;
    }
    this.#broker.onerror = () => {
      clearTimeout(this.#again);
      this.usable = false;
    };
    this.#broker.port.onmessage = ({ data: [what, life] }) => {
      if (what !== "life") return;
      clearTimeout(this.#again);
      this.#outlive(life);
    };
    // One that is just dying still takes connections, and never answers.
    this.#again = setTimeout(() => {
      this.#broker.port.close();
      this.#start(Math.min(wait * 2, 4000));
      this.#reborn();
    }, wait);
  }

  /** The lock is granted when the broker that held it is dead. */
  #outlive(life) {
    const { signal } = this.#watch;
    const died = () => {
      if (signal.aborted) return;
      this.#start();
      this.#reborn();
    };
    navigator.locks.request(life, { mode: "shared", signal }, () => {}).then(died, () => {});
  }

  /** Gives the broker a port to this page's worker. */
  offer(port) {
    this.#broker?.port.postMessage(["worker", this.#key], [port]);
  }

  /** Has a client's port handed to the leader. */
  connect(message, port) {
    this.#broker?.port.postMessage(["connect", this.#key, ...message], [port]);
  }

  close() {
    clearTimeout(this.#again);
    this.#watch.abort();
    this.#broker?.port.close();
  }
}
