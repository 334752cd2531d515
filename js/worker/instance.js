// One Rust instance and those that take its place: when it dies (a panic, a trap, out of memory) everything in flight is answered at once
// and a fresh instance takes its place before the next request is served.
import { arrived, inTime } from "./arriving.js";
import { crashed } from "./crashed.js";
import { createTimers, letGo } from "./deadline.js";
import { createHost, nameIsolate, requestId } from "./host.js";
import { formatAs, logError } from "./log.js";
import { promised } from "./promised.js";
import * as remote from "./remote.js";
import * as storage from "./storage.js";
import { createBegun, giveAllBack, giveRowsBack, rowsWritten, takeRows } from "./waiting.js";
import { begins, over } from "./young.js";

export const DEAD = Symbol("the instance died");
export const LEFT = Symbol("the client left");

/** What `hashi`, a module that wasm-bindgen generated, does for the host. `more` is what it asks of the host beside what every instance does. */
export function createInstance(hashi, more = {}) {
  const host = createHost();
  const begun = createBegun();
  // What settles those that wait: requests by their number, calls of Durable Objects by themselves.
  const inFlight = new Map();
  const timers = createTimers();
  let started = false;
  let generation = 0;
  // What the instance died of last, if only the shim heard of it.
  let cause;
  // What the handler that was called last waits for, if it is its body: `listen` is called when that is read.
  let reading;
  // The context of the request whose handler was called last, as long as that hasn't returned.
  let present;

  function begin(env) {
    if (started) return;
    formatAs(env);
    hashi.start(
      {
        ...host,
        ...storage,
        ...remote,
        beginRow: begun.beginRow,
        endRow: begun.endRow,
        takeDead: begun.takeDead,
        takeRows,
        rowsWritten,
        giveRowsBack,
        giveAllBack,
        ...more,
        inTime,
        died,
        soon,
        watch,
        time,
        untime: timers.stop,
        letGo,
        signal,
        answer,
        readBody,
        readText,
      },
      nameIsolate(),
      env,
    );
    started = true;
  }

  function died() {
    if (!started) return;
    started = false;
    cause = undefined;
    generation++;
    const doomed = [...inFlight.values()];
    inFlight.clear();
    timers.forget();
    for (const settle of doomed) settle(DEAD);
    host.breakStreams();
    begun.died();
    giveAllBack();
    // Not before the trap has left every frame of the dead instance.
    queueMicrotask(() => hashi.__wbg_reset_state());
  }

  /** Looks at what a call into the instance threw. */
  function fault(error) {
    // A trap has told `died` already; this is for a death that it could not tell, such as an exhausted stack.
    const deadly = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    if (deadly) {
      died();
      cause = error;
    }
    return deadly;
  }

  /** Calls into the instance with nothing of it on the stack, unless it isn't the one of generation `born` any more. */
  function enter(born, call) {
    try {
      if (started && born === generation) call();
    } catch (error) {
      // A death is told for every request that it ends.
      if (!fault(error)) logError(nameIsolate(), "the instance failed", error);
    }
  }

  /** Lets the instance go on with what was woken. Not by queueMicrotask, which costs workerd 8 µs. */
  function soon() {
    const born = generation;
    Promise.resolve().then(() => enter(born, hashi.turn));
  }

  /** Tells the instance what a promise came to. */
  function watch(promise, number) {
    const born = generation;
    promise.then(
      (value) => enter(born, () => hashi.settled(number, true, value)),
      (error) => enter(born, () => hashi.settled(number, false, error)),
    );
  }

  /** Tells the instance in `ms` that the promise `number` is late, by a timer of the present request. */
  function time(number, ms) {
    const born = generation;
    timers.begin(number, ms, (late) => enter(born, () => hashi.settled(number, false, late)));
  }

  /** Has what the request `number` waits for timed once that has taken a while, unless `over` is called before with what this gives. */
  function watchOver(number, context) {
    return begins(context, () => {
      if (inFlight.has(number)) enter(generation, () => hashi.age(number));
    });
  }

  /** What settles the promise `number`, whichever request calls it: the instance hears of it in the context of the one that asks now. */
  function signal(number) {
    const { promise, resolve } = promised();
    watch(promise, number);
    return resolve;
  }

  function answer(number, response) {
    const settle = inFlight.get(number);
    if (inFlight.delete(number)) settle(response);
  }

  /** Tells the instance what came of reading a body in `ms`. A handler that waits for nothing else hears of its client's leaving by that. */
  function read(body, promise, ms) {
    const born = generation;
    const waiter = { listen: undefined };
    reading = waiter;
    arrived(body, ms, present, (fulfilled, value) => {
      enter(born, () => hashi.settled(promise, fulfilled, value));
      waiter.listen?.();
    });
  }

  const readBody = (request, promise, ms) => read(request.arrayBuffer(), promise, ms);
  const readText = (request, promise, ms) => read(request.text(), promise, ms);

  /** What hears that a client left. It holds nothing of the request: the host keeps it, and all that it holds, until V8 collects the old generation. */
  function leaving(number) {
    return () => {
      const settle = inFlight.get(number);
      if (!inFlight.delete(number)) return;
      settle(LEFT);
      enter(generation, () => hashi.leave(number));
    };
  }

  /** Awaits the answer to a request, or the death of the instance that it would come from, or that its client leaves. */
  async function awaited(number, request, context, waiter) {
    const { promise, resolve } = promised();
    inFlight.set(number, resolve);
    let watched;
    // The host drops what a request waits for when its client leaves: after this event nothing of it may run again.
    const listen = () => {
      // Nobody else has this signal, and a listener costs more (docs/decisions/0058).
      if (!inFlight.has(number)) return;
      request.signal.onabort = leaving(number);
      watched = watchOver(number, context);
    };
    if (waiter) waiter.listen = listen;
    else listen();
    const response = await promise;
    over(watched);
    // Nobody is there to read it.
    if (response === LEFT) return new Response(null, { status: 499 });
    // Made here, in the request's own context: the host refuses another's.
    return response === DEAD || response === undefined ? crashed(number, cause) : response;
  }

  /** A response, or a promise of one; null if the request is another instance's to answer. */
  function fetch(number, request, env, context) {
    return serve(number, request, env, context, () =>
      hashi.answer(request.method, request.url, number, request, env, context),
    );
  }

  /** The answer to a request of a guest, on its way out by a gateway with these `permissions`. */
  function outbound(number, request, env, context, permissions) {
    return serve(number, request, env, context, () =>
      hashi.outbound(request.method, number, request, env, context, permissions),
    );
  }

  function serve(number, request, env, context, call) {
    let response;
    reading = undefined;
    present = context;
    try {
      begin(env);
      response = call();
    } catch (error) {
      fault(error);
      return crashed(number, error);
    } finally {
      present = undefined;
    }
    return response === undefined ? awaited(number, request, context, reading) : response;
  }

  /** Does what is due at `time`, in milliseconds since 1970. */
  async function scheduled(number, time, env, context) {
    begin(env);
    try {
      if (hashi.scheduled(time, number, env, context)) return;
    } catch (error) {
      fault(error);
      throw error;
    }
    const { promise, resolve } = promised();
    inFlight.set(number, resolve);
    const watched = watchOver(number, context);
    const end = await promise;
    over(watched);
    if (end === DEAD) throw new Error(`${requestId(number)}: the instance died in the middle of a tick`);
  }

  return { fetch, outbound, scheduled, begin, fault, inFlight, generation: () => generation };
}
