// Functions' isolates, seen from the main Worker: loaded by the host's Worker Loader, called by fetch.
import { text as glue, version } from "../../build/glue/glue.js";
import { unpack } from "./bundle.js";

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

/** What came of a call, and in a second line its log if it has one. */
export function outcomeOf({ headers }) {
  const [outcome, logs] = [headers.get("x-hashi-outcome") ?? "", headers.get("x-hashi-logs")];
  return logs === null ? outcome : `${outcome}\n${logs}`;
}

const encoder = new TextEncoder();

// Up to which length a second copy costs less than reading piece by piece.
const SHORT_BYTES = 65536;

/** A response's `length` bytes between two texts. They are never a text here: that would take four times their room. */
export async function spliced(response, before, after, length) {
  const [head, tail] = [encoder.encode(before), encoder.encode(after)];
  const end = head.length + length;
  let whole = new Uint8Array(end + tail.length);
  if (length > SHORT_BYTES) whole = await readInto(response.body, whole, head.length, end);
  else whole.set(exactly(length, new Uint8Array(await response.arrayBuffer())), head.length);
  whole.set(head);
  whole.set(tail, end);
  return whole;
}

function exactly(length, bytes) {
  if (bytes.length !== length) throw new Error(`${bytes.length} bytes came of ${length}`);
  return bytes;
}

/** `whole` with the bytes of `stream` from `from` to `end`: all there are, read into their place. */
async function readInto(stream, whole, from, end) {
  const reader = stream.getReader({ mode: "byob" });
  try {
    for (let at = from; at < end; ) {
      const { done, value } = await reader.read(whole.subarray(at, end));
      if (done) throw new Error(`${at - from} bytes came of ${end - from}`);
      at += value.length;
      whole = new Uint8Array(value.buffer);
    }
    if (!(await reader.read(new Uint8Array(1))).done) throw new Error(`more than ${end - from} bytes came`);
    return whole;
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
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
