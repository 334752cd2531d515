// Clients that leave in the middle: nothing of them may stay behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { open, parse, until } from "./raw.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

const instance = async () => (await fetch(`${rig.url}/instance`)).json();
/** The bytes that the instance has allocated and not given back. */
const heap = async () => Number(await (await fetch(`${rig.url}/heap`)).text());

test("an upload that is cut off ends its handler with an error, whether its length was declared or not", async () => {
  for (const [framing, piece] of [
    ["content-length: 1000000", "x".repeat(100_000)],
    ["transfer-encoding: chunked", `186a0\r\n${"x".repeat(100_000)}\r\n`],
  ]) {
    const before = await instance();
    const client = open(rig.port);
    client.socket.write(`POST /echo/count HTTP/1.1\r\nhost: rig\r\n${framing}\r\n\r\n${piece}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.socket.resetAndDestroy();
    await rig.waitForLog(({ json }) => json?.message === "dropped" && json.what === "upload");
    assert.equal(rig.logs.filter(({ json }) => json?.message === "upload complete").length, 0);
    assert.deepEqual(await instance(), before, "the instance is the same and has not grown");
    rig.logs.length = 0;
  }
});

test("a client that leaves while its handler waits takes the handler with it", async () => {
  const client = open(rig.port);
  client.socket.write("GET /who/gone?first=60000&second=0 HTTP/1.1\r\nhost: rig\r\n\r\n");
  await rig.waitForLog(({ json }) => json?.name === "gone" && json.message === "before");
  // Not destroy(): its FIN says only that the client has no more to send, and the server may still answer.
  client.socket.resetAndDestroy();
  await rig.waitForLog(({ json }) => json?.message === "dropped" && json.name === "gone");
});

test("2,000 clients that leave early leave no memory behind", async (context) => {
  const leave = async (count) => {
    for (let done = 0; done < count; done += 50) {
      const mark = `leaver-${Math.random()}`;
      let begun = 0;
      let gone = 0;
      const all = rig.waitForLog(({ json }) => json?.name === mark && json.message === "before" && ++begun === 50);
      const none = rig.waitForLog(({ json }) => json?.name === mark && json.message === "dropped" && ++gone === 50);
      const clients = Array.from({ length: 50 }, () => open(rig.port));
      const body = "y".repeat(10_000);
      for (const { socket } of clients) {
        socket.write(
          `POST /who/${mark}?first=60000&second=0 HTTP/1.1\r\nhost: rig\r\ncontent-length: 10000\r\n\r\n${body}`,
        );
      }
      await all;
      for (const { socket } of clients) socket.resetAndDestroy();
      await none;
      rig.logs.length = 0;
    }
    await until(async () => (await fetch(`${rig.url}/hello`)).ok);
    return { ...(await instance()), heap: await heap() };
  };
  const early = await leave(200);
  const late = await leave(1800);
  for (const [count, { memory, heap }] of [
    ["200", early],
    ["2,000", late],
  ]) {
    context.diagnostic(`after ${count}: ${heap} bytes in use, linear memory ${memory}`);
  }
  assert.equal(late.instance, early.instance);
  // Not linear memory, which also grows by how what is used at once happens to lie.
  assert.ok(late.heap - early.heap < 1800 * 8, `no allocation of each: ${early.heap} bytes, then ${late.heap}`);
  assert.ok(late.memory - early.memory < 1800 * 200, `${early.memory}, then ${late.memory}`);
});

test("clients that leave in the middle of a file leave no stream of theirs behind, nor anything in the store", async (context) => {
  const live = async () => Number(await (await fetch(`${rig.url}/stream/live`)).text());
  const bucket = await rig.bucket("ARTIFACTS");
  const start = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const head = "POST /stream/stage HTTP/1.1\r\nhost: rig\r\ncontent-type: multipart/form-data; boundary=b\r\n";
  /** Lets so many begin, leaves all of them in the middle, and waits until nothing of them is there. */
  const leave = async (count, piece) => {
    const clients = Array.from({ length: count }, () => open(rig.port));
    for (const { socket } of clients) {
      socket.write(`${head}content-length: 10000000\r\n\r\n${start}${piece}`);
    }
    await until(async () => (await live()) === count);
    await until(() => clients.every(({ socket }) => socket.writableLength === 0), 20_000);
    for (const { socket } of clients) socket.resetAndDestroy();
    await until(async () => (await live()) === 0);
  };
  const piece = "x".repeat(100_000);
  await leave(20, piece);
  const early = await instance();
  for (let times = 0; times < 10; times++) await leave(20, piece);
  const late = await instance();
  context.diagnostic(`linear memory after 20: ${early.memory}, after 220: ${late.memory}`);
  assert.equal(late.instance, early.instance);
  assert.ok(late.memory - early.memory < 4_000_000, "200 pieces of 100 KB are not there any more");
  // More than one part of the store's.
  await leave(3, "y".repeat(6_000_000));
  assert.deepEqual((await bucket.list()).objects, []);
  const whole = await fetch(`${rig.url}/stream/stage`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=b" },
    body: `${start}${piece}\r\n--b--\r\n`,
  });
  assert.deepEqual([whole.status, await whole.text()], [200, "100000"]);
});

// The last: an instance's memory stays as large as it was once, and would hide what leaks.
test("clients that are slow with large bodies hold no more than there is room for, and nothing once they left", async () => {
  const most = 8 * 1024 * 1024;
  const whole = { method: "POST", body: Buffer.alloc(most) };
  for (let round = 0; round < 2; round++) {
    const clients = Array.from({ length: 5 }, () => {
      const client = open(rig.port);
      client.socket.write(`POST /echo/bytes HTTP/1.1\r\nhost: rig\r\ncontent-length: ${most}\r\n\r\n`);
      client.socket.write(Buffer.alloc(0.75 * most));
      return client;
    });
    await until(() => clients.some(({ received }) => received.includes("overloaded")), 20_000);
    const answered = clients.filter(({ received }) => received !== "");
    assert.equal(answered.length, 1, "four times 6 MiB fit");
    const { status, headers } = parse(answered[0].received);
    assert.deepEqual([status, headers["retry-after"]], [503, "1"]);
    const small = await fetch(`${rig.url}/echo/bytes`, { method: "POST", body: "small" });
    assert.equal(await small.text(), "small");
    for (const { socket } of clients) socket.resetAndDestroy();
    await until(async () => (await fetch(`${rig.url}/echo/bytes`, whole)).status === 200, 20_000);
  }
});
