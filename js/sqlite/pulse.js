// Whether the leader is there: it is asked while somebody waits for it, and only then.

export class Pulse {
  #every;
  #ping;
  #beat;
  #timer;
  #due = 0;
  /** When the first question since the last sign of life was asked; 0 if none is open. */
  #askedAt = 0;
  #suspected = 0;

  /**
   * @param {object} options
   * @param {number} options.every  milliseconds between two questions
   * @param {() => void} options.ping  asks
   * @param {(silent: number) => { goOn: boolean, next: number }} options.beat  hears for how long there was no answer;
   *   says whether anybody still waits, and when (milliseconds since 1970, 0 for never) it wants to be called at the latest
   */
  constructor({ every, ping, beat }) {
    this.#every = every;
    this.#ping = ping;
    this.#beat = beat;
  }

  /** A sign of life. */
  heard() {
    this.#askedAt = 0;
    this.#suspected = 0;
  }

  get silentFor() {
    return this.#askedAt ? Date.now() - this.#askedAt : 0;
  }

  /** Somebody waits, until `deadline` (milliseconds since 1970) if there is one. */
  start(deadline = 0, now = Date.now()) {
    const due = deadline ? Math.min(deadline, now + this.#every) : now + this.#every;
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, due - now));
  }

  /** Somebody else heard nothing: ask, even if nobody waits here. */
  suspect() {
    this.#suspected = 20;
    this.start();
  }

  #tick() {
    this.#timer = undefined;
    if (!this.#askedAt) this.#askedAt = Date.now();
    this.#ping();
    const { goOn, next } = this.#beat(this.silentFor);
    if (this.#suspected > 0) this.#suspected--;
    if (goOn || this.#suspected > 0) this.start(next);
    else this.#askedAt = 0;
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
