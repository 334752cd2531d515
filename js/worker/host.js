// What the Rust side asks of the host: the few things that are cheaper or only possible in JavaScript.
// Headers cross the border as one string: names and values, each ended by a line feed.

// A record costs the host a third of what a list of pairs costs, but holds a name once only.
function headersOf(lines) {
  const parts = lines.split("\n");
  const headers = { __proto__: null };
  for (let at = 0; at + 1 < parts.length; at += 2) {
    if (parts[at] in headers) return pairs(parts);
    headers[parts[at]] = parts[at + 1];
  }
  return headers;
}

function pairs(parts) {
  const headers = [];
  for (let at = 0; at + 1 < parts.length; at += 2) headers.push([parts[at], parts[at + 1]]);
  return headers;
}

/** The streams that a dead instance can't feed any more. */
const open = new Set();

export function respond(status, headers, body) {
  return new Response(body, { status, headers: headersOf(headers) });
}

export function respondBytes(status, headers, bytes) {
  return new Response(bytes.slice(), { status, headers: headersOf(headers) });
}

export function stream(pieces) {
  let controller;
  return new ReadableStream({
    start(given) {
      controller = given;
      open.add(controller);
    },
    async pull() {
      try {
        const piece = await pieces.next();
        if (piece !== undefined) return controller.enqueue(piece);
        open.delete(controller);
        controller.close();
        pieces.free();
      } catch (error) {
        if (!open.delete(controller)) return;
        controller.error(error);
        pieces.free();
      }
    },
    cancel() {
      if (open.delete(controller)) pieces.free();
    },
  });
}

/** Breaks off every stream that the dead instance was feeding. */
export function breakStreams() {
  for (const controller of open) controller.error(new Error("the instance behind this stream died"));
  open.clear();
}

/** The bytes of a response's body, or undefined as soon as there are more than `limit`. */
export async function bytesWithin(response, limit) {
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
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function init(method, headers, body, signal) {
  return { method, headers: headersOf(headers), body, signal, redirect: "manual" };
}

export function fetch(method, url, headers, body, deadlineMs) {
  return globalThis.fetch(url, init(method, headers, body, AbortSignal.timeout(deadlineMs)));
}

export async function fetchHead(method, url, headers, body, deadlineMs) {
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new DOMException("no answer within the deadline", "TimeoutError")),
    deadlineMs,
  );
  try {
    return await globalThis.fetch(url, init(method, headers, body, abort.signal));
  } finally {
    clearTimeout(timer);
  }
}
