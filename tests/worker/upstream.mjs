// An upstream that behaves, and one that doesn't: slow, broken or lying, byte by byte.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createRawServer } from "node:net";

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** Bytes of which no part is like another: one random piece, numbered. */
export function* pieces(count, size = 65536) {
  const piece = randomBytes(size);
  for (let at = 0; at < count; at++) {
    piece.writeUInt32BE(at, 0);
    yield Buffer.from(piece);
  }
}

/**
 * A server that takes and gives large bodies: `POST /take` answers with the length and hash of what came, `GET /give?pieces=N` sends
 * N pieces of 64 KiB, whose hash is `given.get(path)` afterwards, `GET /drip?pieces=N&ms=M` sends N lines. What else is asked, `otherwise` answers.
 *
 * @param {import("node:http").RequestListener} [otherwise]
 */
export async function startUpstream(otherwise = (_, response) => response.end("plain")) {
  const given = new Map();
  let openAnswers = 0;
  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams } = new URL(request.url, "http://upstream");
    // As the product's proxy asks for it.
    const pathname = path.replace(/^\/rest\/v1/, "");
    const count = Number(searchParams.get("pieces"));
    openAnswers++;
    response.on("close", () => openAnswers--);
    if (pathname === "/take") {
      const hash = createHash("sha256");
      let bytes = 0;
      try {
        for await (const piece of request) {
          hash.update(piece);
          bytes += piece.length;
        }
      } catch {
        return response.destroy();
      }
      const chunked = request.headers["transfer-encoding"] === "chunked";
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ bytes, hash: hash.digest("hex"), chunked, method: request.method }));
    }
    if (pathname === "/give") {
      const hash = createHash("sha256");
      response.setHeader("content-type", "application/octet-stream");
      if (searchParams.has("length")) response.setHeader("content-length", count * 65536);
      for (const piece of pieces(count)) {
        if (response.destroyed) return;
        hash.update(piece);
        if (!response.write(piece))
          await Promise.race(["drain", "close"].map((name) => new Promise((done) => response.once(name, done))));
      }
      given.set(request.url, hash.digest("hex"));
      return response.end();
    }
    if (pathname === "/drip") {
      for (let at = 0; at < count && !response.destroyed; at++) {
        response.write(`${at}\n`);
        await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get("ms"))));
      }
      return response.end();
    }
    if (pathname === "/cookies")
      response.setHeader("set-cookie", ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]);
    if (pathname === "/redirect") response.writeHead(302, { location: "/give?pieces=1" });
    otherwise(request, response);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    given,
    openAnswers: () => openAnswers,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that answers every connection, once a request's head is there, as `answer(socket)` does. */
export async function startRaw(answer) {
  const sockets = new Set();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // The other end may leave whenever it likes.
    socket.on("error", () => {});
    let head = "";
    const read = (piece) => {
      head += piece.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", read);
      socket.resume();
      answer(socket, head);
    };
    socket.on("data", read);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
