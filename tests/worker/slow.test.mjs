// Clients that send slowly, or stop: each has its time, and no more.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { exchange, open, parse, trickle } from "./raw.mjs";

let rig;
let drops;
before(async () => {
  rig = await startRig();
  // It takes its 17 seconds beside all the others.
  drops = trickle(rig.port, "/echo/bytes", { "content-length": "70000" }, "\0", 60_000);
  drops.catch(() => {});
});
after(() => rig?.stop());

const post = (path, body) => fetch(rig.url + path, { method: "POST", body });

test("a body that stops coming is given up after ten seconds, however it is read", async () => {
  const json = "content-type: application/json";
  const form = "content-type: multipart/form-data; boundary=b";
  const part = '--b\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\nhalf';
  // Bodies that begin within a quarter of a second share a timer: this one's, whose request is answered long before.
  assert.equal((await post("/echo/small", "whole")).status, 200);
  const answers = await Promise.all(
    [
      ["/echo/small", "content-length: 10", "half"],
      ["/echo/json", `${json}\r\ncontent-length: 10`, '{"ti'],
      ["/echo/small", "transfer-encoding: chunked", "4\r\nhalf\r\n"],
      ["/echo/multipart", `${form}\r\ncontent-length: ${part.length + 5}`, part],
    ].map(async ([path, headers, body]) => {
      const head = [`POST ${path} HTTP/1.1`, "host: rig", "connection: close", headers];
      const { status, body: text } = await exchange(rig.port, head, body, 20_000);
      return [path, status, text && JSON.parse(text).code];
    }),
  );
  for (const [path, ...answer] of answers) assert.deepEqual(answer, [408, "request_timeout"], path);
});

test("a long body that comes drop by drop has the time of its length, and no more", async () => {
  const { status, body } = await drops;
  assert.deepEqual([status, JSON.parse(body).code], [408, "request_timeout"]);
});

test("a body that takes its time is read, though the request whose timer it shared is gone", async () => {
  assert.equal((await post("/echo/small", "whole")).status, 200);
  const clients = ["first", "other"].map((half) => {
    const client = open(rig.port);
    client.socket.write("POST /echo/small HTTP/1.1\r\nhost: rig\r\nconnection: close\r\ncontent-length: 10\r\n\r\n");
    client.socket.write(half);
    return { client, half };
  });
  // And one that leaves in the middle of its body, while the timer runs.
  const left = open(rig.port);
  left.socket.write("POST /echo/small HTTP/1.1\r\nhost: rig\r\ncontent-length: 10\r\n\r\nhalf", () =>
    left.socket.destroy(),
  );
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const { client, half } of clients) {
    assert.equal(client.received, "", "answered before the body was there");
    client.socket.write("-half");
    await client.ended;
    const { status, body } = parse(client.received);
    assert.deepEqual([status, body], [200, `${half}-half`]);
  }
});
