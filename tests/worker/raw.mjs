// HTTP/1.1 by hand, for what no client library would send.
import { connect } from "node:net";

/** A connection; what came in is in `received`. */
export function open(port) {
  const socket = connect({ port, host: "127.0.0.1" });
  const connection = { socket, received: "", bytes: 0, ended: undefined };
  connection.ended = new Promise((resolve) => socket.once("close", resolve));
  socket.on("data", (piece) => {
    connection.bytes += piece.length;
    connection.received += piece.toString("latin1");
  });
  // A reset is an answer too; `ended` tells.
  socket.on("error", () => {});
  return connection;
}

/** Sends `head` (lines without their ends) and `body`, and resolves to the answer's status, headers and text; it is waited for for `ms`. */
export async function exchange(port, head, body = "", ms = 5000) {
  const connection = open(port);
  connection.socket.write(`${head.join("\r\n")}\r\n\r\n`);
  if (body) connection.socket.write(body);
  const timer = setTimeout(() => connection.socket.destroy(), ms);
  await connection.ended;
  clearTimeout(timer);
  return parse(connection.received);
}

/**
 * The code of the problem that a POST is answered with which announces `length` bytes and sends none of them: a body that is too large is refused before any of it
 * comes.
 *
 * @param {Record<string, string>} [headers]
 * @returns {Promise<[status: number, code: string]>}
 */
export async function announce(port, path, length, headers = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST ${path} HTTP/1.1`, "host: hashi", "connection: close", `content-length: ${length}`, ...lines];
  const { status, body } = await exchange(port, head);
  return [status, JSON.parse(body).code];
}

/**
 * What a POST is answered with whose body, `start` and then a byte at a time, never ends and never stalls; it is chunked unless `headers` declare a length.
 *
 * @param {Record<string, string>} headers
 */
export async function trickle(port, path, headers, start = "", ms = 15_000) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const connection = open(port);
  const declared = "content-length" in headers;
  if (!declared) lines.push("transfer-encoding: chunked");
  const head = [`POST ${path} HTTP/1.1`, "host: hashi", "connection: close", ...lines];
  const chunk = (text) => {
    connection.socket.write(declared ? text : `${text.length.toString(16)}\r\n${text}\r\n`, "latin1");
  };
  connection.socket.write(`${head.join("\r\n")}\r\n\r\n`);
  if (start) chunk(start);
  const drip = setInterval(() => chunk("\0"), 100);
  try {
    await until(() => connection.received.includes("requestId"), ms);
  } finally {
    clearInterval(drip);
    connection.socket.destroy();
  }
  return parse(connection.received);
}

/** An answer's parts. */
export function parse(text) {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(headers),
    lines,
    body: text.slice(end + 4),
  };
}

/** Resolves once `found()` is true; it is asked again and again. */
export async function until(found, ms = 5000) {
  const end = Date.now() + ms;
  while (!(await found())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
