// Answers that are made while they are sent: they arrive piece by piece, break off when they must, and end when their client leaves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { open, parse, until } from "./raw.mjs";
import { startUpstream } from "./upstream.mjs";

let rig;
let upstream;
before(async () => {
  [rig, upstream] = await Promise.all([startRig(), startUpstream()]);
});
after(async () => {
  await rig?.stop();
  await upstream?.stop();
});

const live = async () => Number(await (await fetch(`${rig.url}/stream/live`)).text());

test("server-sent events arrive one by one as they are made", async () => {
  const began = performance.now();
  const client = open(rig.port);
  client.socket.write("GET /stream/events?pieces=5&ms=100 HTTP/1.1\r\nhost: rig\r\nconnection: close\r\n\r\n");
  await client.ended;
  const took = performance.now() - began;
  const { headers, body } = parse(client.received);
  assert.equal(headers["content-type"], "text/event-stream");
  assert.equal(headers["cache-control"], "no-cache");
  // As they were sent: a reader that is late gets several at once.
  const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const events = [0, 1, 2, 3, 4].map((at) => `id: ${at}\ndata: tick ${at}\n\n`);
  assert.equal(body, [...events, ""].map(chunk).join(""), "each event is a piece of its own");
  assert.ok(took > 400, `all of them: ${took} ms`);

  const endless = open(rig.port);
  endless.socket.write("GET /stream/events?ms=100 HTTP/1.1\r\nhost: rig\r\n\r\n");
  await until(() => endless.received.includes("tick 0"));
  endless.socket.destroy();
  await until(async () => (await live()) === 0);
});

test("a stream is dropped when its client leaves", async () => {
  assert.equal(await live(), 0);
  const clients = [];
  for (let number = 0; number < 5; number++) {
    const client = open(rig.port);
    client.socket.write("GET /stream/events?ms=10 HTTP/1.1\r\nhost: rig\r\n\r\n");
    clients.push(client);
  }
  await until(() => clients.every(({ received }) => received.includes("tick 3")));
  assert.equal(await live(), 5, "all are counted while they run");
  for (const { socket } of clients) socket.destroy();
  await until(async () => (await live()) === 0);
});

test("a stream that no one reads is not made: the client's pace is the stream's", async () => {
  const client = open(rig.port);
  client.socket.write("GET /stream/slow?ms=0&bytes=65536 HTTP/1.1\r\nhost: rig\r\n\r\n");
  await until(() => client.bytes > 1 << 20);
  client.socket.pause();
  const settle = () => new Promise((resolve) => setTimeout(resolve, 500));
  const made = () => rig.logs.filter(({ json }) => json?.message === "a piece").length;
  // What is on its way has room for some more.
  let paused;
  for (let looks = 0; looks < 10 && made() !== paused; looks++) {
    paused = made();
    await settle();
  }
  await settle();
  assert.equal(made(), paused, "nothing is made while nobody reads");
  client.socket.destroy();
  await until(async () => (await live()) === 0);
});

test("a stream that fails breaks off; it does not look complete", async () => {
  const response = await fetch(`${rig.url}/stream/fail?pieces=3&ms=5`);
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
});

for (const way of ["panic", "trap", "memory", "stack", "frames"]) {
  test(`a stream whose own source dies of ${way} breaks off`, async () => {
    const response = await fetch(`${rig.url}/stream/die/${way}?pieces=2&ms=5`, { signal: AbortSignal.timeout(5000) });
    await assert.rejects(response.text(), (error) => error.name !== "TimeoutError");
    assert.equal(await (await fetch(`${rig.url}/hello`)).text(), "hello");
  });
}

test("streams in flight break off when another request kills the instance; a pass-through body goes on", async () => {
  const signal = AbortSignal.timeout(10_000);
  const slow = await Promise.all([1, 2, 3].map(() => fetch(`${rig.url}/stream/slow?ms=50`, { signal })));
  const headers = { "x-upstream": `${upstream.url}/drip?pieces=20&ms=50` };
  const passed = await fetch(`${rig.url}/proxy`, { headers, signal });
  const readers = slow.map((response) => response.body.getReader());
  await Promise.all(readers.map((reader) => reader.read()));
  const start = performance.now();
  const killer = await fetch(`${rig.url}/die/panic`);
  assert.equal(killer.status, 500);
  const broken = readers.map(async (reader) => {
    for (;;) if ((await reader.read()).done) return;
  });
  for (const outcome of await Promise.allSettled(broken)) {
    assert.equal(outcome.status, "rejected", "it must not look complete");
    assert.notEqual(outcome.reason.name, "TimeoutError");
  }
  assert.ok(performance.now() - start < 1500, "at once");
  assert.equal((await passed.text()).trim().split("\n").length, 20, "what never was in our memory is not touched");
});

test("a body streamed through our memory comes out as it went in", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const body = Buffer.concat(Array.from({ length: 50 }, () => bytes));
  const response = await fetch(`${rig.url}/echo/stream`, { method: "POST", body });
  assert.ok(body.equals(Buffer.from(await response.arrayBuffer())));
});
