// A PostgREST that always has the same answer ready: runs as a process of its own, so that it costs nobody's CPU but its own.
import { createServer } from "node:net";
import { rows } from "./fixtures.mjs";

const body = Buffer.from(JSON.stringify(rows));
const head = [
  "HTTP/1.1 200 OK",
  "content-type: application/json; charset=utf-8",
  `content-range: 0-${rows.length - 1}/*`,
  "content-location: /earthquake?limit=50",
  "server: postgrest/13.0.0",
  `content-length: ${body.length}`,
];
const answer = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);

const server = createServer((socket) => {
  let pending = "";
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    for (let end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
      pending = pending.slice(end + 4);
      socket.write(answer);
    }
  });
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.once("disconnect", () => process.exit());
