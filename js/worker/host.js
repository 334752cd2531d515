// What the Rust side asks of the host: the few things that are cheaper or only possible in JavaScript.
// Headers cross the border as one string: names and values, each ended by a line feed.
import { sha256 } from "./digest.js";
import { hearOut, hearRest } from "./hearing.js";
import { late, pass, passOn, patience } from "./pass.js";
import { reading } from "./reading.js";

let prefix;

/** Names the isolate, at random if no name is given. Random numbers are not to be had before the first request. */
export function nameIsolate(name) {
  prefix ??= name ?? crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  return prefix;
}

export function requestId(number) {
  return `${prefix}-${number.toString(16).padStart(8, "0")}`;
}

/** The host of one Rust instance, and of those that take its place. */
export function createHost() {
  // What is the same in many responses crosses the border once. An instance that takes another's place numbers anew.
  const sets = [known([])];
  const texts = [];
  // The streams that a dead instance can't feed any more, and what feeds them.
  const open = new Map();

  // A record costs the host a third of what a list of pairs costs, but holds a name once only.
  function headersOf(set, number, extra) {
    const { bare, named } = sets[set];
    if (number) named["x-request-id"] = requestId(number);
    const first = number ? named : bare;
    if (extra === undefined) return first;
    const more = pairs(extra);
    const headers = { ...first };
    for (const [name, value] of more) {
      if (Object.hasOwn(headers, name)) return [...Object.entries(first), ...more];
      headers[name] = value;
    }
    return headers;
  }

  function respond(status, set, number, extra, body) {
    return new Response(body, { status, headers: headersOf(set, number, extra) });
  }

  function stream(pieces) {
    let controller;
    const readable = new ReadableStream({
      start(given) {
        controller = given;
      },
      async pull() {
        try {
          const piece = await pieces.next();
          if (piece !== undefined) return controller.enqueue(piece);
          open.delete(readable);
          controller.close();
          pieces.free();
        } catch (error) {
          if (!open.delete(readable)) return;
          controller.error(error);
          pieces.free();
        }
      },
      cancel() {
        if (open.delete(readable)) pieces.free();
      },
    });
    open.set(readable, { controller, pieces });
    return readable;
  }

  /** Ends a stream that nobody takes any more, unless it has ended. */
  function endStream(readable) {
    const fed = open.get(readable);
    if (!open.delete(readable)) return;
    fed.controller.error(new Error("nobody takes this stream any more"));
    fed.pieces.free();
  }

  /** The body and the headers of `given`, with ours on top; what isolates and gateways tell the main Worker stays behind. */
  function respondOver(status, set, number, extra, given) {
    const response = new Response(given.body, { status, headers: given.headers });
    const { headers } = response;
    headers.delete("x-hashi-outcome");
    headers.delete("x-hashi-logs");
    const ours = headersOf(set, number, extra);
    if (Array.isArray(ours)) {
      for (const [name] of ours) headers.delete(name);
      for (const [name, value] of ours) headers.append(name, value);
    } else {
      for (const name in ours) headers.set(name, ours[name]);
    }
    return response;
  }

  return {
    bodyHead,
    callerHead,
    elsewhere() {},
    fill,
    bytesWithin,
    fetchWhole,
    fetchHead,
    hearOut,
    hearRest,
    reading,
    passBody,
    hashText,
    respond,
    respondOver,
    stream,
    endStream,
    respondKnown: (status, set, number, extra, text) => respond(status, set, number, extra, texts[text]),
    respondBytes: (status, set, number, extra, bytes) => respond(status, set, number, extra, bytes.slice()),
    knowHeaders(set, lines) {
      sets[set] = known(pairs(lines));
    },
    knowText(at, text) {
      texts[at] = text;
    },
    /** Breaks off every stream that the dead instance was feeding. */
    breakStreams() {
      for (const { controller } of open.values()) controller.error(new Error("the instance behind this stream died"));
      open.clear();
    },
  };
}

// The host copies a record at once, so the same one serves every response, with each one's id written into it.
function known(pairs) {
  const bare = Object.fromEntries(pairs);
  return { bare, named: { ...bare, "x-request-id": "" } };
}

function pairs(lines) {
  const parts = lines.split("\n");
  const headers = [];
  for (let at = 0; at + 1 < parts.length; at += 2) headers.push([parts[at], parts[at + 1]]);
  return headers;
}

function bodyHead(request) {
  const { headers } = request;
  return `${headers.get("content-length") ?? ""}\n${headers.get("content-type") ?? ""}`;
}

// An empty header is not one that is missing.
const marked = (value) => (value === null ? "" : `=${value}`);

function callerHead(request) {
  const { headers } = request;
  const [authorization, address] = [headers.get("authorization"), headers.get("cf-connecting-ip")];
  return authorization === null && address === null ? undefined : `${marked(authorization)}\n${marked(address)}`;
}

const encoder = new TextEncoder();

/** Writes `text` into wasm memory; whether it fills its place exactly. */
function fill(text, into) {
  const { read, written } = encoder.encodeInto(text, into);
  return read === text.length && written === into.length;
}

/** The bytes of a response's body, or undefined as soon as there are more than `limit`. */
async function bytesWithin(response, limit) {
  // The host holds an upstream to the length that it declared, which for a compressed body is another than that of its bytes.
  if (response.headers.has("content-length") && !response.headers.has("content-encoding")) {
    return new Uint8Array(await response.arrayBuffer());
  }
  const pieces = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > limit) return undefined;
    pieces.push(piece);
  }
  return joined(pieces, length);
}

/** Pieces that have `length` bytes in all, in one. */
function joined(pieces, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function init(method, lines, body, signal) {
  const list = pairs(lines);
  const record = Object.fromEntries(list);
  const headers = Object.keys(record).length === list.length ? record : list;
  return { method, headers, body, signal, redirect: "manual" };
}

function fetchWhole(method, url, headers, body, deadlineMs) {
  return fetch(url, init(method, headers, body, AbortSignal.timeout(deadlineMs)));
}

async function fetchHead(method, url, headers, body, length, deadlineMs) {
  const abort = new AbortController();
  let forClient = false;
  const deadline = patience(deadlineMs, () => {
    const error = forClient
      ? late("StalledError", "the client sent nothing more of its body within the deadline")
      : late("TimeoutError", "no answer within the deadline");
    abort.abort(error);
    upload?.end(error);
  });
  // As long as the upload goes on, the upstream has no reason to answer.
  const upload =
    body instanceof ReadableStream
      ? pass(body, length, (forSource) => {
          forClient = forSource;
          deadline.begin();
        })
      : undefined;
  try {
    return await fetch(url, init(method, headers, upload ? upload.readable : body, abort.signal));
  } catch (error) {
    upload?.end(error);
    // The host tells that the body broke off, not why.
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    if (upload) upload.done.finally(deadline.stop);
    else deadline.stop();
  }
}

/** The body of `response`, broken off once the upstream sends nothing for `idleMs`; null if there is none. */
function passBody(response, idleMs) {
  const { body, headers } = response;
  if (body === null) return null;
  const declared = headers.has("content-encoding") ? null : headers.get("content-length");
  return passOn(body, declared === null ? undefined : Number(declared), idleMs);
}

const hashText = (text) => sha256(encoder.encode(text));
