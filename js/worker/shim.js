// The shim: hands each request to the Rust instance and awaits its answer. When the instance dies (a panic, a trap, out of memory)
// everything in flight is answered at once and a fresh instance takes its place before the next request is served.
import * as host from "./host.js";

const DEAD = Symbol("the instance died");
const LEFT = Symbol("the client left");

/** The Worker's handlers over `hashi`, the module that wasm-bindgen generated. */
export function bridge(hashi) {
  const inFlight = new Set();
  let prefix;
  let count = 0;
  let started = false;
  let generation = 0;

  function start(env) {
    // Random numbers are not to be had before the first request.
    prefix ??= crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    hashi.start({ ...host, died }, prefix, env);
    started = true;
  }

  function died() {
    if (!started) return;
    started = false;
    generation++;
    const doomed = [...inFlight];
    inFlight.clear();
    for (const settle of doomed) settle(DEAD);
    host.breakStreams();
    // Not before the trap has left every frame of the dead instance.
    queueMicrotask(() => hashi.__wbg_reset_state());
  }

  function crashed(number) {
    const requestId = `${prefix}-${number.toString(16).padStart(8, "0")}`;
    const problem = {
      type: "urn:hashi:problem:internal",
      title: "The server failed",
      status: 500,
      detail: "the request was stopped by a fault; it may have been another request's",
      code: "internal",
      requestId,
    };
    const headers = {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      "x-request-id": requestId,
    };
    return new Response(JSON.stringify(problem), { status: 500, headers });
  }

  /** Awaits `answer`, or the death of the instance that it comes from, or that the client leaves, which is told to `leave`. */
  async function settled(answer, signal, leave) {
    let settle;
    const end = new Promise((resolve) => {
      settle = resolve;
    });
    inFlight.add(settle);
    // The host drops what a request waits for when its client leaves: after this event nothing of it may run again.
    signal.addEventListener("abort", () => {
      if (!inFlight.delete(settle)) return;
      settle(LEFT);
      leave();
    });
    try {
      return await Promise.race([answer, end]);
    } finally {
      inFlight.delete(settle);
    }
  }

  async function awaited(answer, number, signal) {
    try {
      const response = await settled(answer, signal, () => hashi.leave(number));
      // Nobody is there to read it.
      if (response === LEFT) return new Response(null, { status: 499 });
      if (response !== DEAD) return response;
    } catch (error) {
      console.error(`request ${prefix}-${number}: the answer failed:`, error);
    }
    return crashed(number);
  }

  function fetch(request, env, context) {
    const number = ++count;
    let answer;
    try {
      if (!started) start(env);
      answer = hashi.fetch(request.method, request.url, number, request, env, context);
    } catch (error) {
      // A trap has told `died` already; this is for a death that it could not tell, such as an exhausted stack.
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) died();
      console.error(`request ${prefix}-${number}: the instance failed:`, error);
      return crashed(number);
    }
    return answer instanceof Promise ? awaited(answer, number, request.signal) : answer;
  }

  /** The Durable Object class that Rust exports as `name`; its object is made anew when the instance was replaced. */
  function durableObject(name) {
    return class {
      constructor(state, env) {
        this.given = [state, env];
      }

      async fetch(request) {
        if (!started) start(this.given[1]);
        if (this.generation !== generation) {
          this.object = new hashi[name](...this.given);
          this.generation = generation;
        }
        const answer = await settled(this.object.fetch(request), request.signal, () => {});
        if (answer === DEAD) throw new Error(`the instance behind ${name} died`);
        if (answer === LEFT) throw new Error(`the caller of ${name} left`);
        return answer;
      }
    };
  }

  return { handlers: { fetch }, durableObject };
}
