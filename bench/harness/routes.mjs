// What is asked of every contender.
import { bulletin } from "./fixtures.mjs";

/**
 * @typedef {{ warm: number, measured: number }} Amount calls: until all that is hot has been compiled a second time; and then so many that V8 collects its
 *   garbage more than once, which it does sooner where they are large
 */

/**
 * @typedef {object} Route
 * @property {string} name for --only and the JSON file
 * @property {string} title as in the table
 * @property {string} method
 * @property {string} path
 * @property {string} [body]
 * @property {"bytes" | "json"} same how the answers of contenders must be equal
 * @property {boolean} [drain] the answer's body must be read inside the isolate too
 * @property {Amount} http what each process gets in a round over HTTP
 * @property {Amount} loop what each handler gets in a round inside its isolate
 * @property {{ of: string, most: number }[]} targets this many times another contender's CPU at most
 */

/** @type {{ http: Amount, loop: Amount }} */
const small = { http: { warm: 20_000, measured: 30_000 }, loop: { warm: 48_000, measured: 48_000 } };

const routed = [
  { of: "Hono", most: 1 },
  { of: "raw JS", most: 1.1 },
];

/** @type {Route[]} */
export const routes = [
  {
    name: "hello",
    title: "text: `GET /hello`",
    method: "GET",
    path: "/hello",
    same: "bytes",
    ...small,
    targets: routed,
  },
  {
    name: "params",
    title: "two parameters, small JSON",
    method: "GET",
    path: "/users/4711/posts/intro",
    same: "bytes",
    ...small,
    targets: routed,
  },
  {
    name: "echo",
    title: "10 KB JSON, validated, returned byte for byte",
    method: "POST",
    path: "/echo",
    body: bulletin,
    same: "bytes",
    http: { warm: 8_000, measured: 24_000 },
    loop: { warm: 6_000, measured: 20_000 },
    targets: routed,
  },
  {
    name: "typed",
    title: "10 KB JSON → type → changed → JSON",
    method: "POST",
    path: "/typed",
    body: bulletin,
    same: "json",
    http: { warm: 4_000, measured: 12_000 },
    loop: { warm: 3_000, measured: 12_000 },
    // Published whatever it is: see docs/decisions.
    targets: [],
  },
  {
    name: "list",
    title: "`GET /earthquake/list?limit=50`, canned upstream",
    method: "GET",
    path: "/earthquake/list?limit=50",
    same: "json",
    drain: true,
    http: { warm: 4_000, measured: 12_000 },
    loop: { warm: 2_400, measured: 8_000 },
    targets: [{ of: "Hono", most: 1 }],
  },
];

/** The headers of a route's request. */
export function requestHeaders(route) {
  const headers = { accept: "*/*", "user-agent": "hashi-bench" };
  if (route.body === undefined) return headers;
  return { ...headers, "content-type": "application/json", "content-length": `${Buffer.byteLength(route.body)}` };
}
