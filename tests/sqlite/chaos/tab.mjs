// One tab of a chaos run, seen from Node.

/** Longer than any deadline that the page gives its calls: who is silent for that long hangs. */
const HUNG = 30_000;

/** `promise`'s value, or `late` if it takes longer than `time` milliseconds. */
async function within(promise, time, late) {
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, time, late);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export class Tab {
  /** Whether its process crashed. */
  dead = false;
  /** Whether we closed it. */
  closed = false;
  /** Whether it is frozen: once is enough. */
  frozen = false;
  #opened;

  constructor(context, url, database, transport) {
    this.#opened = context.newPage();
    this.ready = this.#start(url, database, transport);
    // Whoever needs it awaits it too; unhandled it would end the process.
    this.ready.catch(() => {});
  }

  async #start(url, database, transport) {
    this.page = await this.#opened;
    this.page.setDefaultTimeout(HUNG);
    this.page.once("crash", () => {
      this.dead = true;
    });
    try {
      await this.page.goto(url);
      await this.page.waitForFunction(() => globalThis.tab);
      await this.page.evaluate(([name, transport]) => tab.start(name, transport), [database, transport]);
    } catch (error) {
      // Closed or crashed while it started: no fault of the database.
      if (!this.dead && !this.closed) throw error;
    }
  }

  /** Whether it started and still lives. */
  async alive() {
    const started = await this.ready.then(
      () => true,
      () => false,
    );
    return started && !this.dead && !this.closed;
  }

  /** A call's answer; `{ok: false, gone: true}` if the page died before it came, with an unknown fate. */
  async call(step) {
    const gone = { ok: false, gone: true, code: null, outcome: null, message: "the page died" };
    if (!(await this.alive())) return gone;
    const died = new Promise((resolve) => {
      this.page.once("crash", () => resolve(gone));
      this.page.once("close", () => resolve(gone));
    });
    const answer = this.page
      .evaluate((step) => tab.call(step), step)
      .catch((error) => {
        if (this.dead || this.closed || this.page.isClosed()) return gone;
        return { ...gone, message: error.message };
      });
    return within(Promise.race([answer, died]), HUNG, { ok: false, hung: true, code: "hung", message: "no answer" });
  }

  async whileFrozen(freezing) {
    this.frozen = true;
    await freezing.finally(() => {
      this.frozen = false;
    });
  }

  /** Closes the page; politely: the database first. */
  async close(polite) {
    if (polite && (await this.alive())) {
      const closed = this.page.evaluate(() => tab.close()).catch(() => {});
      await within(closed, HUNG);
    }
    this.closed = true;
    await this.#opened.then(
      (page) => page.close(),
      () => {},
    );
  }
}
