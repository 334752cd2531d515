// The load generator: a process of its own that sends prepared requests over kept-alive connections and times each.
import { connect } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("\r\n0\r\n\r\n");

/** Splits what a connection receives into whole answers and calls `done(status)` for each. */
function answers(done) {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const head = held.indexOf(headEnd);
      if (head < 0) return;
      const text = held.latin1Slice(0, head);
      const length = /\r\ncontent-length: (\d+)/i.exec(text);
      let end;
      if (length) {
        end = head + 4 + Number(length[1]);
        if (held.length < end) return;
      } else {
        const last = held.indexOf(lastChunk, head);
        if (last < 0) return;
        end = last + lastChunk.length;
      }
      held = held.subarray(end);
      done(Number(text.slice(9, 12)));
    }
  };
}

/** Sends `request` `count` times over `connections` connections; resolves to what was seen. */
function load({ port, request, count, connections, status: expected }) {
  const bytes = Buffer.from(request, "latin1");
  const times = new Float64Array(count);
  let sent = 0;
  let answered = 0;
  const wrong = {};
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const open = Array.from({ length: Math.min(connections, count) }, () => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let from = 0;
      const next = () => {
        if (sent === count) return;
        sent++;
        from = performance.now();
        socket.write(bytes);
      };
      const done = (status) => {
        times[answered++] = performance.now() - from;
        if (status !== expected) wrong[status] = (wrong[status] ?? 0) + 1;
        if (answered < count) return next();
        const seconds = (performance.now() - begin) / 1000;
        for (const each of open) each.destroy();
        times.sort();
        resolve({ seconds, p50: times[Math.floor(count * 0.5)], p99: times[Math.floor(count * 0.99)], wrong });
      };
      socket.on("data", answers(done));
      socket.on("error", reject);
      socket.on("close", () => answered < count && reject(new Error("the server closed a connection")));
      next();
      return socket;
    });
  });
}

process.on("message", async (task) => {
  try {
    process.send(await load(task));
  } catch (error) {
    process.send({ failed: error.message });
  }
});
process.once("disconnect", () => process.exit());
