// Plays a plan in a real Chromium and keeps the history.
import { startSite } from "../../../scripts/site/server.mjs";
import { startProfile } from "../../browser/chromium.mjs";
import { crash, during, freeze, killSharedWorkers, terminateWorker, throttle, withoutRoom } from "./faults.mjs";
import { inspect } from "./file.mjs";
import { judge } from "./judge.mjs";
import { MOST_TABS, plan, transportOf } from "./plan.mjs";
import { Tab } from "./tab.mjs";

const DATABASE = "chaos";
const IN_FLIGHT = 24;
const CALLS = new Set(["write", "batch", "bulky", "transfer", "abandon", "constraint", "read", "audit"]);

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

class Run {
  history = [];
  wrong = [];
  faults = {};
  #order = 0;
  #flying = new Set();
  #lasting = new Set();
  #slots = Array(MOST_TABS);

  constructor(browser, context, site, transport) {
    Object.assign(this, { browser, context, site, transport });
  }

  #tab() {
    return new Tab(this.context, `${this.site.url}/tests/sqlite/chaos/page.html`, DATABASE, this.transport);
  }

  async start() {
    for (const slot of [0, 1]) this.#open(slot);
    await Promise.all([this.#slots[0].ready, this.#slots[1].ready]);
  }

  #open(slot) {
    this.#slots[slot] = this.#tab();
    this.#slots[slot].ready.catch((error) => this.wrong.push(`open: the tab in place ${slot}: ${error.message}`));
  }

  async step(step) {
    if (step.pause > 0) await sleep(step.pause);
    while (this.#flying.size >= IN_FLIGHT) await Promise.race(this.#flying);
    if (CALLS.has(step.kind)) {
      const done = this.#call(step);
      this.#flying.add(done);
      done.finally(() => this.#flying.delete(done));
      if (step.wait) await done;
      return;
    }
    this.faults[step.kind] = (this.faults[step.kind] ?? 0) + 1;
    await this.#fault(step);
  }

  async #call(step) {
    const call = { op: `${step.kind}-${step.at}`, ...step, issued: this.#order++ };
    this.history.push(call);
    const answer = await this.#slots[step.slot].call({ ...step, op: call.op });
    Object.assign(call, answer, { settled: this.#order++ });
    if (answer.hung) this.wrong.push(`hung: ${call.op} had no answer long after its own deadline`);
  }

  /** A fault whose page was closed or crashed meanwhile didn't matter; any other that fails didn't happen. */
  async #upTo(tab, fault) {
    try {
      await fault;
    } catch (error) {
      if (!tab.dead && !tab.closed) this.wrong.push(`harness: ${error.message}`);
    }
  }

  /** A fault that lasts goes on while the next steps are played. */
  #last(tab, fault) {
    const lasting = this.#upTo(tab, fault).finally(() => this.#lasting.delete(lasting));
    this.#lasting.add(lasting);
  }

  async #fault(step) {
    const tab = this.#slots[step.slot];
    if (step.kind === "open") return this.#open(step.slot);
    if (step.kind === "broker") return void (await killSharedWorkers(this.browser));
    if (!(await tab.alive())) return this.#replaceDead();
    const { page } = tab;
    if (step.kind === "close") {
      this.#slots[step.slot] = undefined;
      await tab.close(step.polite);
    } else if (step.kind === "reload") {
      await tab.close(false);
      this.#open(step.slot);
    } else if (step.kind === "crash") {
      await crash(page);
      this.#replaceDead();
    } else if (step.kind === "terminate") await this.#upTo(tab, terminateWorker(page));
    else if (step.kind === "freeze" && !tab.frozen) this.#last(tab, tab.whileFrozen(during(step.for, freeze(page))));
    else if (step.kind === "throttle") this.#last(tab, during(step.for, throttle(page, step.rate)));
    else if (step.kind === "quota") this.#last(tab, during(step.for, withoutRoom(page, this.site.url)));
  }

  /** A crash takes every tab of its process: each gets a successor in its place. */
  #replaceDead() {
    for (const [slot, tab] of this.#slots.entries()) {
      if (!tab?.dead) continue;
      tab.close(false);
      this.#open(slot);
    }
  }

  /** Lets all faults pass, then asks every tab once more, and reads what the database holds. */
  async finish() {
    await Promise.all(this.#lasting);
    await Promise.all(this.#flying);
    const tabs = [];
    for (const tab of this.#slots) if (await tab?.alive()) tabs.push(tab);
    if (tabs.length === 0) throw new Error(`no tab is left to ask: ${this.wrong.join("; ")}`);
    for (const tab of tabs) {
      const answer = await tab.call({ kind: "read", op: "last" });
      if (!answer.ok)
        this.wrong.push(`a tab doesn't answer after all faults have passed: ${answer.code}: ${answer.message}`);
    }
    const [last, ...others] = tabs;
    for (const tab of others) await tab.close(true);
    const contents = await last.page
      .evaluate(() => tab.contents())
      .catch(async (error) => {
        const seen = JSON.stringify(await last.page.evaluate(() => tab.status()));
        throw new Error(`the last tab doesn't answer: ${error.message.split("\n")[0]}; ${seen}`);
      });
    const file = Buffer.from(await last.page.evaluate(() => tab.file()), "base64");
    const status = await last.page.evaluate(() => tab.status());
    await last.close(true);
    this.wrong.push(...inspect(file, contents));
    // A tab that starts when all others are gone finds the same.
    const fresh = this.#tab();
    await fresh.ready;
    const again = await fresh.page.evaluate(() => tab.contents());
    if (JSON.stringify(again) !== JSON.stringify(contents))
      this.wrong.push("after a restart the database holds something else");
    await fresh.close(true);
    return { contents, epoch: status.epoch };
  }
}

function tally(history) {
  const counts = {};
  for (const { ok, code, gone } of history) {
    const key = ok ? "acknowledged" : gone ? "page died" : code;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/**
 * Plays `steps` steps of `seed`. Resolves to `{wrong, history, tally, faults, epoch}`; `wrong` is empty if all is well.
 * `report` is told where it is.
 */
export async function run({ seed, steps, port = 0, report = () => {} }) {
  const site = await startSite({ port, folders: ["build/sqlite", "tests/sqlite"] });
  const profile = await startProfile();
  const { context, browser } = profile;
  try {
    const playing = new Run(browser, context, site, transportOf(seed));
    await playing.start();
    for (const step of plan(seed, steps)) {
      if (!browser.isConnected()) throw new Error(`the browser itself died before step ${step.at}`);
      report(step);
      await playing.step(step);
    }
    const { contents, epoch } = await playing.finish();
    const wrong = [...playing.wrong, ...judge(playing.history, contents)];
    const counts = tally(playing.history);
    // A run in which nearly nothing works would prove nothing.
    if ((counts.acknowledged ?? 0) < playing.history.length / 2)
      wrong.push(`only ${counts.acknowledged ?? 0} of ${playing.history.length} calls were acknowledged`);
    return { wrong, history: playing.history, tally: counts, faults: playing.faults, epoch };
  } finally {
    await profile.stop();
    await site.stop();
  }
}
