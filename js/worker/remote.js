// What the Rust side asks of an object store behind HTTP (Supabase Storage). Headers come as one string: names and values, each ended by a line feed.
import { hex, sha256 } from "./storage.js";

const tooLarge = new Error("the stream has more bytes than it may");

function headersOf(lines) {
  const parts = lines.split("\n");
  const headers = new Headers();
  for (let at = 0; at + 1 < parts.length; at += 2) headers.set(parts[at], parts[at + 1]);
  return headers;
}

/** The status that an answer means: Storage's errors are 400 by HTTP and say their own status in the body. */
async function meaning(response) {
  if (response.ok) {
    await response.body?.cancel();
    return response.status;
  }
  try {
    const { statusCode } = await response.json();
    return Number(statusCode) || response.status;
  } catch {
    return response.status;
  }
}

/**
 * Sends a stream of unknown length while hashing it. Gives the status, or, of an answer 200, the SHA-256, the size and the first eight bytes in
 * hexadecimal, in lines; undefined if there are more than `limit` bytes. `deadlineMs` bounds the time between two pieces and to the answer.
 */
export async function stageRemote(url, headers, stream, limit, deadlineMs) {
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  const abort = new AbortController();
  let size = 0;
  let head = "";
  let timer;
  let failure;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => abort.abort(new DOMException("no answer within the deadline", "TimeoutError")),
      deadlineMs,
    );
  };
  const body = stream.pipeThrough(
    new TransformStream({
      async transform(piece, controller) {
        wait();
        size += piece.length;
        if (size > limit) {
          failure = tooLarge;
          throw tooLarge;
        }
        if (head.length < 16) head += hex(piece.subarray(0, 8 - head.length / 2));
        await hash.write(piece);
        controller.enqueue(piece);
      },
    }),
    { signal: abort.signal },
  );
  wait();
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: headersOf(headers),
      body,
      signal: abort.signal,
      redirect: "manual",
    });
    const status = await meaning(response);
    if (status !== 200) throw status;
    await hash.close();
    return `${hex(await digest.digest)}\n${size}\n${head}`;
  } catch (error) {
    await hash.abort(error).catch(() => {});
    digest.digest.catch(() => {});
    if (failure === tooLarge) return undefined;
    if (typeof error === "number") return error;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** An object's bytes as an ArrayBuffer, null if they don't have this SHA-256, or the status of another answer. */
export async function readRemote(url, headers, wanted, deadlineMs) {
  const signal = AbortSignal.timeout(deadlineMs);
  const response = await fetch(url, { headers: headersOf(headers), signal, redirect: "manual" });
  if (response.status !== 200) return meaning(response);
  const bytes = await response.arrayBuffer();
  return (await sha256(bytes)) === wanted ? bytes : null;
}

/** Sends a request, with bytes only if they have this SHA-256; the status of its answer. */
export async function sendRemote(method, url, headers, body, wanted, deadlineMs) {
  if (wanted && (await sha256(body)) !== wanted) throw new Error("the bytes don't have their hash");
  const signal = AbortSignal.timeout(deadlineMs);
  return meaning(await fetch(url, { method, headers: headersOf(headers), body, signal, redirect: "manual" }));
}
