// The product, whose storage fails where a request says so: `x-fault: throw 3` lets the third call to it fail, `hang 3` lets it never answer, and
// `late 3` lets it happen and then never answer. `lost` does the same as `late` but throws: the store did it, and nobody heard. `none 0` only counts.
// `wait 3` lets it wait for `POST /go`; a call's name in place of its number is every one of that name.
// `alter 3` and `remove 3` do so to the object that the third call asks for, just before it. Such a request is logged when it comes, and when its fault does.
//
// `x-silent` names what else never answers: rate limits by their bindings, `isolate` (and what prepares uploads), or `value`, what an isolate that answered gives.
// That is logged too. `x-tick-fault` is the fault of the clock's ticks until the next request. An object that came and is cancelled after it had to wait is logged.
// `POST /skip?ms=1000` puts the clock of timers forward, `POST /later?ms=1000` the time of day.
import { later, never, skip } from "./clock.js";
import product from "../../../js/worker/entry.js";

export { Gateway } from "../../../js/worker/entry.js";

const CALLS = new Set(["batch", "put", "get", "delete", "list", "createMultipartUpload", "uploadPart", "complete"]);

/** How often those that wait were let go. */
let gone = 0;

async function wait() {
  for (const before = gone; gone === before; ) await new Promise((look) => setTimeout(look, 20));
}

function tellCancelled(body) {
  const { cancel } = body;
  body.cancel = (...args) => {
    console.log("what came was cancelled");
    return cancel.apply(body, args);
  };
}

/** The number of calls so far, for a test to know where the end is. */
function faulty(env, [how, at], counted) {
  const wrap = (target) =>
    new Proxy(target, {
      get(object, name) {
        const value = object[name];
        if (typeof value !== "function") return value;
        if (!CALLS.has(name)) return value.bind(object);
        return async (...args) => {
          const hit = ++counted.calls === Number(at) || name === at;
          if (hit) console.log(`the fault came: ${how} ${at}`);
          if (hit && how === "throw") throw new Error(`the fault at call ${at}, ${String(name)}`);
          if (hit && how === "hang") return never();
          if (hit && how === "wait") await wait();
          if (hit && how === "alter") await object.put(args[0], "something else");
          if (hit && how === "remove") await object.delete(args[0]);
          const result = await value.apply(object, args);
          if (hit && how === "lost") throw new Error(`the fault after call ${at}, ${String(name)}`);
          if (hit && how === "late") return never();
          if (hit && how === "wait" && result?.body) tellCancelled(result.body);
          return name === "createMultipartUpload" ? wrap(result) : result;
        };
      },
    });
  return { ...env, DB: wrap(env.DB), ARTIFACTS: wrap(env.ARTIFACTS) };
}

/** The product looks for its rate limits once, so it is theirs to know what the request is told that came last. */
let silent = "";
let tickFault = "";

async function saysNothing(what) {
  console.log(`silent: ${what}`);
  await never();
}

const limit = (name) => ({
  async limit() {
    if (silent.includes(name)) await saysNothing(name);
    return { success: true };
  },
});

const LOADERS = {
  isolate: () => ({ get: () => ({ getEntrypoint: () => ({ fetch: mute, prepare: mute }) }) }),
  value: (loader) => ({
    get: (...args) => ({
      getEntrypoint: () => ({
        async fetch(...request) {
          const { headers } = await loader
            .get(...args)
            .getEntrypoint()
            .fetch(...request);
          return new Response(new ReadableStream({ pull: () => saysNothing("value") }), { headers });
        },
      }),
    }),
  }),
};
const mute = () => saysNothing("isolate");

/** The bindings, with those silent that are to be. */
function partial(env) {
  const LOADER = LOADERS[silent]?.(env.LOADER) ?? env.LOADER;
  return { ...env, LOADER, CALLER_RATE: limit("CALLER_RATE"), FUNCTION_RATE: limit("FUNCTION_RATE") };
}

export default {
  async fetch(request, given, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/skip") {
      skip(Number(searchParams.get("ms")));
      return new Response(null, { status: 204 });
    }
    if (pathname === "/go") {
      gone++;
      return new Response(null, { status: 204 });
    }
    if (pathname === "/later") {
      later(Number(searchParams.get("ms")));
      return new Response(null, { status: 204 });
    }
    silent = request.headers.get("x-silent") ?? "";
    tickFault = request.headers.get("x-tick-fault") ?? "";
    const env = partial(given);
    const fault = request.headers.get("x-fault");
    if (!fault) return product.fetch(request, env, context);
    console.log(`a request came: ${fault}`);
    const counted = { calls: 0 };
    const response = await product.fetch(request, faulty(env, fault.split(" "), counted), context);
    const told = new Response(response.body, response);
    told.headers.set("x-calls", String(counted.calls));
    return told;
  },
  /** Its silence and its fault are as the last request says. */
  scheduled: (event, given, context) =>
    product.scheduled(event, faulty(partial(given), tickFault.split(" "), { calls: 0 }), context),
};
