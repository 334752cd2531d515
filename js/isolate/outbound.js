// http-outbound, by the isolate's own fetch, all of which goes to the gateway: it is the isolate's only way out.
import { excess, HOP_BY_HOP } from "./headers.js";

/** What the platform takes of a body, to a server and from one. */
export const MOST_BODY_BYTES = 10 * 1024 * 1024;

/** What this module and the gateway tell each other of a request; the guest never sees it, and can't send it. */
const HEADER = "x-hashi-outbound";

const failed = (error) => ({ tag: "err", val: error });

/** The requests of one call. */
export class Outbound {
  /**
   * @param {number} budget  how many the call may send; 0 where the function may send none, which the gateway says
   * @param {number} until   when the call's time is over, in milliseconds of Date.now
   * @param {import("./log.js").Log} log
   */
  constructor(budget, until, log) {
    this.budget = budget;
    this.until = until;
    this.log = log;
    this.passed = 0;
    this.refused = 0;
    /** @type {string | undefined} why the function wasn't permitted what it last asked for */
    this.denied = undefined;
    this.over = false;
    this.abort = new AbortController();
  }

  /** Ends what is under way, and gives no answer to it any more: whoever waits for one is gone. */
  end() {
    this.over = true;
    this.abort.abort();
  }

  async fetch({ method, uri, headers, body, "timeout-ms": timeout }) {
    const answer = await this.send(method, uri, headers, body, timeout);
    return this.over || answer === undefined ? new Promise(() => {}) : answer;
  }

  async get(uri) {
    const answer = await this.fetch({ method: "get", uri, headers: [], body: undefined, "timeout-ms": undefined });
    return answer.tag === "ok" ? { tag: "ok", val: answer.val.body } : answer;
  }

  /** The answer, or undefined once the call's own time is over: that ends the call, whichever timer comes first, and the guest has no say in it. */
  async send(method, uri, headers, body, timeout) {
    const left = this.until - Date.now();
    if (left <= 0) return undefined;
    // Said the first time, by the gateway or by `refuse`, so that the reason is in the log; a loop shouldn't cost more than the guest's own fuel.
    if (this.refused > 0 && this.passed >= this.budget) {
      return failed(this.budget === 0 ? "permission-denied" : "rate-limited");
    }
    const length = body?.length ?? 0;
    if (length > MOST_BODY_BYTES) return this.refuse("body-too-large", `a body of ${length} bytes`);
    const much = excess(headers, uri.length);
    if (much) return this.refuse("other", much);
    // A GET has no body that every server would read.
    const bodiless = method === "get" || method === "head";
    if (bodiless && length > 0) return this.refuse("other", `the method ${method.toUpperCase()} and a body`);
    const ms = Math.min(left, timeout ?? left);
    const timed = ms < left;
    let given;
    try {
      given = new Headers(headers.filter(([name]) => !name.toLowerCase().startsWith("x-hashi-")));
      given.set(HEADER, `${this.passed} ${Math.ceil(ms)} ${length} ${encodeURIComponent(uri)}`);
    } catch {
      return this.refuse("other", "headers or an address that HTTP doesn't have");
    }
    // Until the gateway says how many they were.
    const before = this.passed;
    this.passed += 1;
    // The call's own end comes by `end`.
    const late = timed ? new AbortController() : undefined;
    const signal = late ? AbortSignal.any([late.signal, this.abort.signal]) : this.abort.signal;
    const begun = Date.now();
    let timer;
    try {
      const sent = bodiless ? undefined : (body ?? undefined);
      const response = await fetch("http://gateway/", {
        method: method.toUpperCase(),
        headers: given,
        body: sent,
        redirect: "manual",
        signal,
      });
      // The gateway keeps to the time until there is an answer, and knows what it let through; the rest of it is for the answer's body.
      if (late) timer = setTimeout(() => late.abort(), begun + ms - Date.now());
      return await this.read(response, timed, before);
    } catch {
      if (!late?.signal.aborted) return failed("connection-failed");
      this.log.add("warn", "[gateway] the answer's body didn't come within the request's time");
      return failed("timeout");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Refuses what isn't carried to the gateway, which would have to hold it; it counts as what the gateway refuses, whose refusals come first. */
  refuse(error, what) {
    const spent = this.passed >= this.budget;
    this.passed += 1;
    if (!spent) {
      this.log.add("warn", `[gateway] the request has ${what}`);
      return failed(error);
    }
    const [why, verdict] =
      this.budget === 0
        ? ["the function may send no requests", "permission-denied"]
        : [`the call has sent the ${this.budget} requests that it may`, "rate-limited"];
    if (this.budget === 0) this.denied = why;
    this.refused += 1;
    this.log.add("warn", `[gateway] ${why}`);
    return failed(verdict);
  }

  async read(response, timed, before) {
    const said = (response.headers.get(HEADER) ?? "").split(" ");
    const [verdict, passed, reason] = said;
    if (verdict === "") return failed("connection-failed");
    // What this one took, whatever else was sent in the meantime.
    this.passed += Number(passed) - before - 1;
    if (verdict === "timeout" && !timed) return undefined;
    if (verdict !== "ok") {
      this.refused += 1;
      const why = decodeURIComponent(reason ?? "");
      if (verdict === "permission-denied") this.denied = why;
      this.log.add("warn", `[gateway] ${why}`);
      await response.body?.cancel();
      return failed(verdict);
    }
    this.denied = undefined;
    const body = await within(response, MOST_BODY_BYTES);
    if (body === undefined) return failed("body-too-large");
    return { tag: "ok", val: { status: response.status, headers: incoming(response.headers), body } };
  }
}

// Of one connection, or about a body that is decoded by now.
const DROPPED = new Set([...HOP_BY_HOP, "content-encoding", "content-length", HEADER]);

function incoming(headers) {
  const kept = [];
  for (const [name, value] of headers) if (!DROPPED.has(name)) kept.push([name, value]);
  return kept;
}

/** A body's bytes; undefined as soon as there are more than `most`, null once they have taken longer than `ms`. What is left of it then is cancelled. */
export async function within(message, most, ms = /** @type {number | undefined} */ (undefined)) {
  if (message.body === null) return new Uint8Array(0);
  const reader = message.body.getReader();
  const pieces = [];
  let length = 0;
  let timer;
  const late = ms === undefined ? undefined : new Promise((resolve) => (timer = setTimeout(resolve, ms, null)));
  try {
    for (;;) {
      const read = await (late ? Promise.race([reader.read(), late]) : reader.read());
      if (read === null) return null;
      if (read.done) break;
      length += read.value.length;
      if (length > most) return undefined;
      pieces.push(read.value);
    }
  } finally {
    clearTimeout(timer);
    // Of one that came to its end this does nothing; another may break off meanwhile.
    reader.cancel().catch(() => {});
  }
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
