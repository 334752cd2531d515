/** Watches for tasks of 50 ms and more on the page's own thread. */
export class LongTasks {
  #longest = 0;
  #observer = new PerformanceObserver((list) => this.#take(list.getEntries()));

  constructor() {
    this.#observer.observe({ type: "longtask" });
  }

  #take(entries) {
    for (const { duration } of entries) this.#longest = Math.max(this.#longest, duration);
  }

  /** The longest since the start in milliseconds; 0 if none reached 50. */
  async stop() {
    // A task is reported after it ended: wait for the one that we are in.
    await new Promise((resolve) => setTimeout(resolve, 100));
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#longest;
  }
}
