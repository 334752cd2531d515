// HTTP messages as edge:runtime's http-types has them.
import { GuestFailure } from "../guest/index.js";
import { excess, forwarded, HOP_BY_HOP } from "./headers.js";
import { MOST_BODY_BYTES } from "./outbound.js";

// Of one connection, the network's around us, or the platform's own.
const DROPPED = new Set([
  ...HOP_BY_HOP,
  "cdn-loop",
  "expect",
  "forwarded",
  "host",
  "proxy-authorization",
  "true-client-ip",
  "x-real-ip",
]);
const PREFIXES = /^(?:cf-|x-forwarded-|x-hashi-)/;

/** The request that a guest receives; its body is read already. */
export function received(request, body, ms) {
  const { method, url } = request;
  const headers = [];
  let connection = "";
  for (const [name, value] of request.headers) {
    if (name === "connection") connection = value;
    if (!DROPPED.has(name) && !PREFIXES.test(name)) headers.push([name, value]);
  }
  const uri = url.slice(url.indexOf("/", 8));
  return { method: method.toLowerCase(), uri, headers: forwarded(headers, connection), body, "timeout-ms": ms };
}

// Of one connection, for the platform to say, or said for a whole origin, which is not one function's alone (docs/decisions/0056).
const KEPT_BACK = new Set([
  ...HOP_BY_HOP,
  "alt-svc",
  "clear-site-data",
  "content-length",
  "nel",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "strict-transport-security",
]);

// Functions of different people and the console share an origin: a page of one must not act as another.
const SANDBOX = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts";

/** The guest's answer as a response with the platform's headers `more`. */
export function answered({ status, headers, body }, more, method) {
  if (status < 200 || status > 599) throw invalid(`its status is ${status}, and must be from 200 to 599`);
  if (body.length > MOST_BODY_BYTES) {
    const most = `${MOST_BODY_BYTES} bytes`;
    throw new GuestFailure("value_too_large", `the answer's body has ${body.length} bytes, and may have ${most}`);
  }
  const much = excess(headers);
  if (much) throw invalid(`it has ${much}`);
  const given = new Headers();
  const connection = headers.filter(([name]) => name.toLowerCase() === "connection").map(([, value]) => value);
  for (const [name, value] of forwarded(headers, connection.join())) {
    try {
      // workerd takes this one, and leaves it out.
      if (name === "") throw new TypeError("a header without a name");
      if (!KEPT_BACK.has(name.toLowerCase()) && !PREFIXES.test(name.toLowerCase())) given.append(name, value);
    } catch {
      throw invalid(`its header ${JSON.stringify(name.slice(0, 100))} has a name or a value that HTTP doesn't have`);
    }
  }
  for (const name in more) if (more[name] !== undefined) given.set(name, more[name]);
  given.append("content-security-policy", SANDBOX);
  const bare = status === 204 || status === 205 || status === 304 || method === "HEAD";
  // The guest encodes its body itself if it says that it is encoded.
  const init = /** @type {ResponseInit} */ ({ status, headers: given, encodeBody: "manual" });
  return new Response(bare ? null : body, init);
}

const invalid = (why) => new GuestFailure("invalid_response", `the guest's answer is not HTTP: ${why}`);
