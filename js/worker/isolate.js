// Functions' isolates, seen from the main Worker: loaded by the host's Worker Loader, called by fetch.
import { text as glue, version } from "../../build/glue/glue.js";
import { arrived, arriving } from "./arriving.js";
import { unpack } from "./bundle.js";
import { joined } from "./host.js";
import { membersOf } from "./members.js";
import { promised } from "./promised.js";

// Bytes of a call's body beside its arguments: names, and a number.
const MOST_MEMBERS = 8192;

// Arrays, objects and strings in a call's body: V8 takes up to some 50 bytes for each, and an isolate has 128 MB.
const MOST_HELD = 1_000_000;

const COMPATIBILITY_DATE = "2026-11-01";

/** What a caller says to prove who they are is for Hashi, never for somebody's function. */
const CREDENTIALS = ["authorization", "cookie", "apikey", "proxy-authorization"];

/**
 * What is the same for every call of a function's revision. `id` names revision and bundle, `settings` and `props` are JSON text: what the glue in the isolate
 * goes by, and whom its gateway takes it for.
 */
export function isolateOf(id, settings, props) {
  // An isolate keeps the glue that it was loaded with, whatever is deployed meanwhile.
  return { id: `${id}-${version}`, settings, props };
}

/** The files of a packed bundle, as an isolate is loaded with them. */
export function bundleOf(packed) {
  const [manifest, ...files] = unpack(packed);
  return { manifest: new TextDecoder().decode(manifest.bytes), files: files.map(({ name, bytes }) => [name, bytes]) };
}

/** @returns {{ fetch(url: string, init: object): Promise<Response> }} */
function guest(env, context, isolate, bundle) {
  return env.LOADER.get(isolate.id, () => code(context.exports, isolate, bundle)).getEntrypoint();
}

function code(exports, { settings, props }, { manifest, files }) {
  const modules = Object.fromEntries(files.map(([name, bytes]) => [name, { wasm: bytes }]));
  const imports = files.map(([name], at) => `import m${at} from "./${name}";`);
  const list = files.map((_, at) => `m${at}`);
  const main = `import serve from "./glue.js";
import manifest from "./manifest.txt";
${imports.join("\n")}
export default serve(manifest, [${list}], ${settings});
`;
  return {
    compatibilityDate: COMPATIBILITY_DATE,
    // Who leaves while a guest waits ends its call (js/isolate/serve.js).
    compatibilityFlags: ["enable_request_signal"],
    mainModule: "main.js",
    modules: { ...modules, "main.js": main, "glue.js": glue, "manifest.txt": { text: manifest } },
    env: {},
    // Fuel is what bounds a guest; this is for whatever might escape it.
    limits: { cpuMs: 30_000 },
    // The only way out, and it knows by these props whose it is.
    globalOutbound: exports.Gateway({ props: JSON.parse(props) }),
  };
}

/** Gives a client's request to a function that handles HTTP, at `url`, path and query below its own address. */
export function triggerGuest(env, context, isolate, bundle, request, url) {
  const to = guest(env, context, isolate, bundle);
  const { headers } = request;
  // The host copies a request as it is for a third of what it takes to put one together; nobody follows its redirects.
  if (!CREDENTIALS.some((name) => headers.has(name))) return to.fetch(`http://http${url}`, request);
  // Not from its parts: a GET may have come with a body, and can't be made with one.
  const own = new Request(`http://http${url}`, request);
  for (const name of CREDENTIALS) own.headers.delete(name);
  return to.fetch(own);
}

/** Calls the export `name` with `args`, the JSON of an array, as text or in UTF-8. */
export function callGuest(env, context, isolate, bundle, name, args, ms) {
  const headers = { "x-hashi-call": `${ms} ${encodeURIComponent(name)}` };
  return guest(env, context, isolate, bundle).fetch("http://call/", { method: "POST", headers, body: args });
}

/**
 * What a client wants called: the JSON text of all members of the body but `args`, and `args`, the JSON of an array, of which nothing more is known: the
 * function's own isolate reads it. A string instead is what is wrong with the body, null one that is not UTF-8 without a byte order mark, undefined one of
 * more than `limit` bytes. A body whose length is declared, and within `limit`, may take `wholeMs`; the next piece of another `idleMs`.
 */
export async function readCall(request, context, wholeMs, limit, idleMs) {
  const bytes = await bytesOf(request, context, wholeMs, limit, idleMs);
  if (bytes === undefined) return undefined;
  try {
    return taken(new Uint8Array(bytes));
  } catch (error) {
    return error instanceof SyntaxError ? `the body is not JSON: ${error.message}` : null;
  }
}

/** @returns {[string, string | Uint8Array] | string} */
function taken(bytes) {
  const first = bytes.find((byte) => byte > 0x20);
  if (first > 0x7f) throw new TypeError("a byte order mark, or no UTF-8");
  if (first !== 0x7b) return "expected a JSON object";
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const { members, held } = membersOf(bytes);
  const rest = members.filter(({ name }) => name !== "args");
  if (rest.reduce((length, { from, to }) => length + to - from, 0) > MOST_MEMBERS) {
    return `the members beside args have more than ${MOST_MEMBERS} bytes`;
  }
  if (held > MOST_HELD) return `args: more than ${MOST_HELD} arrays, objects and strings`;
  const others = `{${rest.map(({ from, to }) => text.decode(bytes.subarray(from, to)))}}`;
  JSON.parse(others);
  const args = members.findLast(({ name }) => name === "args");
  if (args === undefined) return [others, "[]"];
  const kind = KINDS[String.fromCharCode(bytes[args.value])];
  if (kind !== "array") return `args: expected an array, got ${kind ?? "number"}`;
  return [others, bytes.subarray(args.value, args.to)];
}

// What a value is, by its first character; the others begin a number, or nothing.
const KINDS = { "[": "array", "{": "object", '"': "string", t: "boolean", f: "boolean", n: "null" };

function bytesOf(request, context, wholeMs, limit, idleMs) {
  if (wholeMs === undefined) return piecesWithin(request, limit, idleMs);
  const { promise, resolve, reject } = promised();
  arrived(request.arrayBuffer(), wholeMs, context, (whole, value) => (whole ? resolve(value) : reject(value)));
  return promise;
}

async function piecesWithin(request, limit, idleMs) {
  const pieces = [];
  let length = 0;
  for await (const piece of request.body ? arriving(request.body, idleMs) : []) {
    length += piece.length;
    if (length > limit) return undefined;
    pieces.push(piece);
  }
  return joined(pieces, length);
}

/** What came of a call, and in a second line its log if it has one. */
export function outcomeOf({ headers }) {
  const [outcome, logs] = [headers.get("x-hashi-outcome") ?? "", headers.get("x-hashi-logs")];
  return logs === null ? outcome : `${outcome}\n${logs}`;
}

/** A response's text between two others. */
export async function spliced(response, before, after) {
  return before + (await response.text()) + after;
}

/** Names and values of a request's headers, each ended by a line feed; those between isolate and gateway are left out. */
export function headerLines(request) {
  let lines = "";
  for (const [name, value] of request.headers) {
    if (!name.startsWith("x-hashi-")) lines += `${name}\n${value}\n`;
  }
  return lines;
}

/** A request's body in one piece, to be sent more than once; undefined if there is none. */
export async function wholeBody(request) {
  return request.body === null ? undefined : request.arrayBuffer();
}
