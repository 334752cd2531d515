// What is asked of every contender.
import { bulletin } from "./fixtures.mjs";

/**
 * @typedef {object} Route
 * @property {string} name for --only and the JSON file
 * @property {string} title as in the table
 * @property {string} method
 * @property {string} path
 * @property {string} [body]
 * @property {"bytes" | "json"} same how the answers of contenders must be equal
 * @property {boolean} [drain] the answer's body must be read inside the isolate too
 * @property {number} weight how much longer than the simplest it takes, about
 * @property {{ of: string, most: number }[]} targets this many times another contender's CPU at most
 */

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
    weight: 1,
    targets: routed,
  },
  {
    name: "params",
    title: "two parameters, small JSON",
    method: "GET",
    path: "/users/4711/posts/intro",
    same: "bytes",
    weight: 1,
    targets: routed,
  },
  {
    name: "echo",
    title: "10 KB JSON, validated, returned byte for byte",
    method: "POST",
    path: "/echo",
    body: bulletin,
    same: "bytes",
    weight: 8,
    targets: routed,
  },
  {
    name: "typed",
    title: "10 KB JSON → type → changed → JSON",
    method: "POST",
    path: "/typed",
    body: bulletin,
    same: "json",
    weight: 16,
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
    weight: 20,
    targets: [{ of: "Hono", most: 1 }],
  },
];

/** The headers of a route's request. */
export function requestHeaders(route) {
  const headers = { accept: "*/*", "user-agent": "hashi-bench" };
  if (route.body === undefined) return headers;
  return { ...headers, "content-type": "application/json", "content-length": `${Buffer.byteLength(route.body)}` };
}
