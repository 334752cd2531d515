// The product, whose storage fails where a request says so: `x-fault: throw 3` lets the third call to it fail, `hang 3` lets it never answer, and
// `late 3` lets it happen and then never answer. `lost` does the same as `late` but throws: the store did it, and nobody heard. `none 0` only counts.
// `alter 3` and `remove 3` do so to the object that the third call asks for, just before it. Such a request is logged when it comes, and when its fault does.
import product from "../../../js/worker/entry.js";

export { Gateway } from "../../../js/worker/entry.js";

const CALLS = new Set(["batch", "put", "get", "delete", "list", "createMultipartUpload", "uploadPart", "complete"]);

/** The number of calls so far, for a test to know where the end is. */
function faulty(env, [how, at], counted) {
  const never = new Promise(() => {});
  const wrap = (target) =>
    new Proxy(target, {
      get(object, name) {
        const value = object[name];
        if (typeof value !== "function") return value;
        if (!CALLS.has(name)) return value.bind(object);
        return async (...args) => {
          const hit = ++counted.calls === Number(at);
          if (hit) console.log(`the fault came: ${how} ${at}`);
          if (hit && how === "throw") throw new Error(`the fault at call ${at}, ${String(name)}`);
          if (hit && how === "hang") return never;
          if (hit && how === "alter") await object.put(args[0], "something else");
          if (hit && how === "remove") await object.delete(args[0]);
          const result = await value.apply(object, args);
          if (hit && how === "lost") throw new Error(`the fault after call ${at}, ${String(name)}`);
          if (hit && how === "late") return never;
          return name === "createMultipartUpload" ? wrap(result) : result;
        };
      },
    });
  return { ...env, DB: wrap(env.DB), ARTIFACTS: wrap(env.ARTIFACTS) };
}

export default {
  async fetch(request, env, context) {
    const fault = request.headers.get("x-fault");
    if (!fault) return product.fetch(request, env, context);
    console.log(`a request came: ${fault}`);
    const counted = { calls: 0 };
    const response = await product.fetch(request, faulty(env, fault.split(" "), counted), context);
    const told = new Response(response.body, response);
    told.headers.set("x-calls", String(counted.calls));
    return told;
  },
  scheduled: product.scheduled,
};
