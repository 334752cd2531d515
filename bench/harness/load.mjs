// The harness's end of the load generator.
import { fork } from "node:child_process";
import { join } from "node:path";
import { requestHeaders } from "./routes.mjs";

const program = join(import.meta.dirname, "load-process.mjs");

function requestText(route) {
  const headers = Object.entries({ host: "bench", ...requestHeaders(route) });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  // As latin1, one character is one byte: the process on the other side sends it so.
  const body = Buffer.from(route.body ?? "").toString("latin1");
  return `${route.method} ${route.path} HTTP/1.1\r\n${head}\r\n${body}`;
}

/** Starts a load generator. */
export function startLoad() {
  const child = fork(program);
  return {
    /** Sends a route's request `count` times; the seconds it took and the times of the answers in milliseconds. */
    async run(route, { port, count, connections, status = 200 }) {
      const answer = new Promise((resolve, reject) => {
        child.once("message", resolve);
        child.once("exit", (code) => reject(new Error(`the load generator ended with ${code}`)));
      });
      child.send({ port, request: requestText(route), count, connections, status });
      const seen = await answer;
      child.removeAllListeners("exit");
      if (seen.failed) throw new Error(`${route.path}: ${seen.failed}`);
      const wrong = Object.entries(seen.wrong);
      if (wrong.length > 0) {
        const statuses = wrong.map(([status, times]) => `${status} (${times} times)`);
        throw new Error(`${route.path}: expected ${status}, got ${statuses.join(", ")}`);
      }
      return seen;
    },
    stop: () => child.disconnect(),
  };
}
