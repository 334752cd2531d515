// The shim: hands each request to the Rust instance and awaits its answer.
import { durableObject } from "./durable.js";
import { createInstance } from "./instance.js";

/**
 * The Worker's handlers over `hashi`, the module that wasm-bindgen generated. What its router leaves to the platform goes to another instance, made
 * when it is asked for first of what `loadPlatform` promises: its `module`, and what it asks of its `host`.
 */
export function bridge(hashi, loadPlatform) {
  // The beginnings of paths that the router leaves to the platform whatever follows: it needn't be asked again for each of them.
  let left = [];
  const main = createInstance(hashi, {
    elsewhere(prefixes) {
      left = prefixes === "" ? [] : prefixes.split("\n");
    },
  });
  let platform;
  let count = 0;

  // Each request awaits a promise of its own: the host refuses to wake one request from another's.
  async function loaded() {
    const { module, host } = await loadPlatform();
    platform ??= createInstance(module, host);
    return platform;
  }

  async function loadThenFetch(number, request, env, context) {
    return (await loaded()).fetch(number, request, env, context);
  }

  function isLeft(url) {
    const path = url.indexOf("/", 8);
    return left.some((prefix) => url.startsWith(prefix, path));
  }

  function fetch(request, env, context) {
    const number = ++count;
    if (platform && isLeft(request.url)) return platform.fetch(number, request, env, context);
    const response = main.fetch(number, request, env, context);
    if (response !== null) return response;
    return platform ? platform.fetch(number, request, env, context) : loadThenFetch(number, request, env, context);
  }

  async function scheduled(event, env, context) {
    await (await loaded()).scheduled(++count, event.scheduledTime, env, context);
  }

  /** A request of a guest, whose gateway's props say what it may do. */
  async function outbound(request, env, context) {
    return (await loaded()).outbound(++count, request, env, context, context.props.permissions);
  }

  return {
    outbound,
    handlers: loadPlatform ? { fetch, scheduled } : { fetch },
    durableObject: (name) => durableObject(hashi, name, main),
  };
}
