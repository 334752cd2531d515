// What runs in a function's isolate: the bundle's guest behind one fetch handler, which only Hashi's main Worker can call.
//
// Two kinds of requests, told apart by a host that no client chooses: http://http/… is a client's request for an http-handler;
// http://call/ calls an export with the JSON arguments in its body. The answer's header x-hashi-outcome says what came of it:
// `ok` or a failure's code with its kind, fuel, bytes of memory, `cold` or `warm`, `fresh` or `restored` or `none`, and of `ok` the bytes of what was
// returned: of an answer's body, or of a value's JSON text.
import { GuestFailure, JsonProgram, Program } from "../guest/index.js";
import { callExport, textOf } from "./call.js";
import { answered, received } from "./http.js";
import { Log } from "./log.js";
import { MOST_BODY_BYTES, Outbound, within } from "./outbound.js";

/**
 * What a function's revision allows; baked into its isolate.
 *
 * @typedef {object} Settings
 * @property {number} fuel
 * @property {number} pages
 * @property {number} ms       wall clock
 * @property {boolean} logging whether log lines are kept
 * @property {number} requests outbound ones, each hop of a redirect counted
 */

/**
 * @param {string} manifest the bundle's manifest.json
 * @param {WebAssembly.Module[]} modules
 * @param {Settings} settings
 */
export default function serve(manifest, modules, settings) {
  /** @type {Program | undefined} */
  let program;
  /** @type {JsonProgram | undefined} */
  let json;
  let broken;
  let warm = false;
  try {
    program = new Program(JSON.parse(manifest), modules);
  } catch (error) {
    broken = new GuestFailure("compilation_failed", `the bundle can't be linked: ${error.message}`);
  }

  /** One call: `begin` gives the guest's outcome, `finish` makes the answer of its value, which has `size` bytes. */
  function run(request, ms, begin, size, finish) {
    const call = new Call(settings, ms, warm, request);
    warm = true;
    if (broken) return call.failed(broken);
    let outcome;
    try {
      outcome = begin(program, call);
      if (!(outcome instanceof Promise)) return call.done(outcome, size, finish);
    } catch (error) {
      return call.failed(error);
    }
    return outcome.then((outcome) => call.done(outcome, size, finish)).catch((error) => call.failed(error));
  }

  function handle(request, body, ms) {
    return run(
      request,
      ms,
      (program, call) => {
        return program.call("handle", [received(request, body, ms)], call.options());
      },
      ({ body }) => body.length,
      (value, more) => answered(value, more, request.method),
    );
  }

  async function withBody(request) {
    const since = Date.now();
    const body = await within(request, MOST_BODY_BYTES, settings.ms);
    // What it waited for its body the guest has no more.
    if (body) return handle(request, body, Math.max(1, settings.ms - (Date.now() - since)));
    const failure =
      body === null
        ? new GuestFailure("execution_timeout", "the request's body did not come within the call's time")
        : new GuestFailure("body_too_large", `the request's body has more than ${MOST_BODY_BYTES} bytes`);
    return new Call(settings, 0, warm, request).failed(failure);
  }

  async function call(request) {
    const [ms, name] = (request.headers.get("x-hashi-call") ?? "").split(" ");
    const args = await request.arrayBuffer();
    return run(
      request,
      Number(ms),
      (program, call) => {
        json ??= new JsonProgram(program);
        return callExport(json, decodeURIComponent(name), textOf(args), call.options());
      },
      (json) => json.length,
      (json, more) => new Response(json, { headers: /** @type {any} */ (more) }),
    );
  }

  return {
    fetch(request) {
      if (request.url.startsWith("http://call/")) return call(request);
      return request.body === null ? handle(request, undefined, settings.ms) : withBody(request);
    },
  };
}

// What may come out of a guest at once: a body, and what is around it.
const MOST_BYTES = MOST_BODY_BYTES + 1024 * 1024;

// Characters of what is said of a failure.
const MOST_MESSAGE = 16_384;

/** What one call brings along, and its end. */
class Call {
  constructor(settings, ms, warm, request) {
    this.request = request;
    this.settings = settings;
    this.ms = ms;
    this.warm = warm;
    this.logged = new Log(settings.logging);
    /** @type {Outbound | undefined} */
    this.out = undefined;
    this.since = Date.now();
  }

  options() {
    const { fuel, pages } = this.settings;
    return { host: this, fuel, pages, most: MOST_BYTES, timeout: this.ms, leaving: (end) => this.untilLeft(end) };
  }

  /** Sees to it that `end` is called when whoever asked has gone, and the host forgets the request with all that it waits for. */
  untilLeft(end) {
    this.request.signal.onabort = end;
  }

  // What the guest reaches: see ../guest/edge.js.
  log(level, message) {
    this.logged.add(level, message);
  }

  fetch(request) {
    return this.outbound().fetch(request);
  }

  get(uri) {
    return this.outbound().get(uri);
  }

  outbound() {
    this.out ??= new Outbound(this.settings.requests, this.since + this.ms, this.logged);
    return this.out;
  }

  done({ value, fuel, memory, instance }, size, finish) {
    this.out?.end();
    try {
      return finish(value, this.headers("ok", fuel, memory, `${instance} ${size(value)}`));
    } catch (error) {
      return this.failed(Object.assign(error, { fuel, memory, instance }));
    }
  }

  failed(error) {
    this.out?.end();
    const { kind, fuel = 0, memory = 0, instance = "none" } = error;
    let { code = "host_error", message } = error;
    // Whoever gives up after a refusal does so because of it, most of the time; what the guest says of it comes first.
    if (code === "guest_error" && this.out?.denied)
      [code, message] = ["permission_denied", `${message} (${this.out.denied})`];
    const state = kind === undefined ? code : `${code}:${kind}`;
    // Read whole by whoever tells the caller.
    if (message.length > MOST_MESSAGE) message = `${message.slice(0, MOST_MESSAGE)}… (${message.length} characters)`;
    return new Response(message, { headers: /** @type {any} */ (this.headers(state, fuel, memory, instance)) });
  }

  headers(state, fuel, memory, instance) {
    const outcome = `${state} ${fuel} ${memory} ${this.warm ? "warm" : "cold"} ${instance}`;
    const logs = this.logged.entries.length === 0 ? undefined : this.logged.text();
    return logs === undefined ? { "x-hashi-outcome": outcome } : { "x-hashi-outcome": outcome, "x-hashi-logs": logs };
  }
}
