/** The HTTP edge: reading a request, CORS as Supabase's gateway answers it, writing the answer. */
import { createServer } from "node:http";

const MAX_BODY = 32 * 1024 * 1024;
const EXPOSED =
  "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit";
const METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT";

/** The body is larger than the server reads. */
export class BodyTooLarge extends Error {}

/** Reads the whole body as text. @throws {BodyTooLarge} */
export async function readBody(message) {
  const chunks = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    // The rest is read and dropped, so that the client sees the answer rather than a broken connection.
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY) throw new BodyTooLarge(`Request body is larger than ${MAX_BODY} bytes`);
  return Buffer.concat(chunks).toString("utf8");
}

/** A JSON answer. */
export function json(status, value, headers = {}) {
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

function write(message, response, answer) {
  const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED, ...answer.headers };
  const body = answer.body === undefined ? undefined : Buffer.from(answer.body);
  if (body && answer.status !== 204 && answer.status !== 304) headers["Content-Length"] = body.length;
  response.writeHead(answer.status, headers);
  response.end(message.method === "HEAD" || answer.status === 204 ? undefined : body);
}

function preflight(message) {
  return {
    status: 200,
    headers: {
      "Access-Control-Allow-Methods": METHODS,
      "Access-Control-Allow-Headers": message.headers["access-control-request-headers"] ?? "*",
      "Access-Control-Max-Age": "3600",
    },
    body: "",
  };
}

/**
 * Listens on `port` of this machine (0 = any free one).
 *
 * @param {(message: import("node:http").IncomingMessage, url: URL) => Promise<object>} handle gives the answer
 * @throws an Error with a plain sentence when the port is taken
 */
export async function listen(port, host, handle) {
  const server = createServer(async (message, response) => {
    let answer;
    try {
      const url = parseUrl(message.url);
      if (!url) answer = json(400, { message: "The request's URL is malformed" });
      else answer = message.method === "OPTIONS" ? preflight(message) : await handle(message, url);
    } catch (error) {
      if (error instanceof BodyTooLarge) answer = json(413, { message: error.message });
      else if (message.destroyed && !message.complete) return;
      else {
        console.error(error);
        answer = json(500, { message: "An unexpected error occurred" });
      }
    }
    if (response.destroyed) return;
    try {
      write(message, response, answer);
    } catch (error) {
      // A header that a database function set may be no header at all.
      write(message, response, json(500, { message: `The response could not be written: ${error.message}` }));
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      reject(new Error(`Port ${port} is in use. Stop what listens there or choose another port with --port.`));
    });
    server.listen(port, host, resolve);
  });
  return server;
}

function parseUrl(text) {
  try {
    const url = new URL(text, "http://localhost");
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}
