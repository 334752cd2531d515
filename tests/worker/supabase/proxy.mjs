// Stands between a Worker and Supabase, and fails where it is told to.
import { createServer, request as send } from "node:http";

/**
 * Starts a proxy before `upstream`.
 *
 * @returns {Promise<{ url: string, calls: string[], fail(fault: Fault | undefined): void, close(): Promise<void> }>} `calls` grows with each request:
 *   its method and path
 *
 * @typedef {object} Fault
 * @property {number} [at]      the number of the request that it is for, from 1 and from the call of `fail` on; every one if there is none
 * @property {RegExp} [path]    only requests with such a method and path are counted
 * @property {() => Promise<unknown>} [before] what happens before the request is passed on, unhindered if there is no `how`
 * @property {"status" | "hang" | "stall" | "drop" | "lost" | "cut"} [how] answers with `status`, never answers, answers with the first byte alone (and
 *   `status`, if it is given), breaks the connection at once, lets Supabase do it and answers with `status` all the same, or breaks the connection in the middle of the request's body
 * @property {number} [status]  500 if it isn't given
 * @property {Record<string, string>} [headers]
 */
export async function startProxy(upstream) {
  const { hostname, port } = new URL(upstream);
  const calls = [];
  let fault;
  let counted = 0;

  function hit(name) {
    if (!fault || (fault.path && !fault.path.test(name))) return false;
    counted++;
    return fault.at === undefined || counted === fault.at;
  }

  const server = createServer(async (message, response) => {
    const name = `${message.method} ${message.url.split("?")[0]}`;
    calls.push(name);
    const failing = hit(name) ? fault : undefined;
    await failing?.before?.();
    const answer = () => {
      response.writeHead(failing.status ?? 500, { "content-type": "application/json", ...failing.headers });
      response.end(JSON.stringify({ message: "the proxy fails as it was told to" }));
    };
    if (failing?.how === "status") {
      message.resume();
      return answer();
    }
    if (failing?.how === "drop") return message.socket.destroy();
    if (failing?.how === "hang") return message.resume();
    const { method, url: path, headers } = message;
    const passed = send({ hostname, port, method, path, headers }, (upstreamAnswer) => {
      if (failing?.how === "lost") {
        upstreamAnswer.resume();
        return upstreamAnswer.once("end", answer);
      }
      const status = (failing?.how === "stall" && failing.status) || upstreamAnswer.statusCode;
      response.writeHead(status, upstreamAnswer.headers);
      if (failing?.how === "stall") return upstreamAnswer.once("data", (piece) => response.write(piece.subarray(0, 1)));
      upstreamAnswer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    if (failing?.how === "cut") {
      message.once("data", (piece) => {
        passed.write(piece.subarray(0, 10));
        setTimeout(() => {
          passed.destroy();
          message.socket.destroy();
        }, 50);
      });
      return;
    }
    message.on("aborted", () => passed.destroy());
    message.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fail = (next) => {
    fault = next;
    counted = 0;
  };
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, calls, fail, close };
}
