// Functions' isolates, seen from the main Worker: loaded by the host's Worker Loader, called by fetch.
import { text as glue, version } from "../../build/glue/glue.js";
import { arrived, arriving } from "./arriving.js";
import { unpack } from "./bundle.js";
import { joined } from "./host.js";
import { promised } from "./promised.js";

// Characters of a call's body beside its arguments: names, and a number.
const MOST_MEMBERS = 8192;

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
  const { method, body } = request;
  const own = new Headers(headers);
  for (const name of CREDENTIALS) own.delete(name);
  return to.fetch(`http://http${url}`, { method, headers: own, body, redirect: "manual" });
}

/** Calls the export `name` with `args`, the JSON text of an array. */
export function callGuest(env, context, isolate, bundle, name, args, ms) {
  const headers = { "x-hashi-call": `${ms} ${encodeURIComponent(name)}` };
  return guest(env, context, isolate, bundle).fetch("http://call/", { method: "POST", headers, body: args });
}

/**
 * What a client wants called: the JSON text of all members of the body but `args`, and the JSON text of `args`, an array. A string instead is what is
 * wrong with the body, null one that is not UTF-8 without a byte order mark, undefined one of more than `limit` bytes. A body whose length is declared, and
 * within `limit`, may take `wholeMs`; the next piece of another `idleMs`.
 */
export async function readCall(request, context, wholeMs, limit, idleMs) {
  const bytes = await bytesOf(request, context, wholeMs, limit, idleMs);
  if (bytes === undefined) return undefined;
  let body;
  try {
    body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
  if (body.startsWith("\ufeff")) return null;
  try {
    body = JSON.parse(body);
  } catch (error) {
    return `the body is not JSON: ${error.message}`;
  }
  if (body === null || typeof body !== "object" || Array.isArray(body)) return "expected a JSON object";
  const { args = [], ...rest } = body;
  if (!Array.isArray(args)) return `args: expected an array, got ${args === null ? "null" : typeof args}`;
  try {
    const members = again(rest);
    if (members.length > MOST_MEMBERS) return `the members beside args have more than ${MOST_MEMBERS} characters`;
    return [members, again(args)];
  } catch {
    return "its values are nested too deep";
  }
}

/** The JSON text of what JSON.parse gave. A number past all that it can hold came as infinity, which JSON.stringify would make null of. */
function again(value) {
  return beyond(value) ? JSON.stringify(value, tooLarge) : JSON.stringify(value);
}

/** Whether a number in `value` is infinite. */
function beyond(value) {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) ? value.some(beyond) : Object.values(value).some(beyond);
}

/** Writes what is infinite as a number that is too large for whoever reads it, too: he knows what it was for. */
function tooLarge(_, value) {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return /** @type {any} */ (JSON).rawJSON(value > 0 ? "1e400" : "-1e400");
}

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
