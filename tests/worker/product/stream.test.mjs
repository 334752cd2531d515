// The proxy's bodies, through the product itself: never in memory, never waited for without end, never left behind.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { open, until } from "../raw.mjs";
import { pieces, startUpstream } from "../upstream.mjs";
import { read, startProduct } from "./product.mjs";

const DEADLINE = 1000;
/** The deadline of `bulkWorker`, for what is to happen long before it. */
const PATIENCE = 5000;
/** Sent one by one with a fifth of the deadline between them, they take longer than it. */
const DIGITS = "0123456789ab";
const count = 1600;
const size = count * 65536;

let bulk;
let bulkWorker;
let answer;
const upstream = createServer((request, response) => answer(request, response));
let upstreamUrl;
let worker;
before(async () => {
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  upstreamUrl = `http://127.0.0.1:${upstream.address().port}`;
  worker = await startProduct({ supabaseUrl: upstreamUrl, vars: { SUPABASE_TIMEOUT_MS: String(DEADLINE) } });
  bulk = await startUpstream((request, response) => answer(request, response));
  // Its routes below /rest/v1/ are the proxy's.
  bulkWorker = await startProduct({ supabaseUrl: bulk.url, vars: { SUPABASE_TIMEOUT_MS: String(PATIENCE) } });
});
after(async () => {
  await worker?.stop();
  await bulkWorker?.stop();
  await bulk?.stop();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  answer = (_, response) => response.end("[]");
});

/** Runs `work`, and tells by how much the process grew, at the highest. */
async function growth(work) {
  // What the first request of an isolate makes is no part of it.
  await read(`${bulkWorker.url}/rest/v1/plain`);
  const before = bulkWorker.memory();
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, bulkWorker.memory());
  }, 20);
  const result = await work().finally(() => clearInterval(watch));
  return { result, resident: highest - before };
}

function assertFlat(context, resident) {
  context.diagnostic(`${(size / 1e6).toFixed(0)} MB: the process grew by ${(resident / 1e6).toFixed(1)} MB`);
  // The instance's linear memory is a part of it, which would have to hold the body.
  assert.ok(resident < 48e6, `resident memory grew by ${resident} bytes`);
}

for (const declared of [true, false]) {
  const how = declared ? "their length declared" : "chunked";

  test(`100 MB go up through /rest/v1, ${how}, with flat memory and the same hash`, async (context) => {
    const hash = createHash("sha256");
    async function* body() {
      for (const piece of pieces(count)) {
        hash.update(piece);
        yield piece;
      }
    }
    const { result, resident } = await growth(async () => {
      const headers = declared ? { "content-length": String(size) } : {};
      const init = { method: "POST", body: body(), duplex: "half", headers };
      const response = await fetch(`${bulkWorker.url}/rest/v1/take`, init);
      assert.equal(response.status, 200);
      return response.json();
    });
    assert.deepEqual(
      [result.bytes, result.hash, result.chunked],
      [size, hash.digest("hex"), !declared],
      "the framing is the caller's",
    );
    assertFlat(context, resident);
  });

  test(`100 MB come down through /rest/v1, ${how}, with flat memory and the same hash`, async (context) => {
    const path = `/rest/v1/give?pieces=${count}${declared ? "&length" : ""}`;
    const { result, resident } = await growth(async () => {
      const response = await fetch(bulkWorker.url + path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-length"), declared ? String(size) : null);
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const piece of response.body) {
        hash.update(piece);
        bytes += piece.length;
      }
      return { bytes, hash: hash.digest("hex") };
    });
    assert.deepEqual([result.bytes, result.hash], [size, bulk.given.get(path)]);
    assertFlat(context, resident);
  });
}

test("an upload that is slower than the deadline succeeds as long as it goes on", async () => {
  answer = async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    response.end(text);
  };
  async function* slowly() {
    for (const digit of DIGITS) {
      yield Buffer.from(digit);
      await sleep(DEADLINE / 5);
    }
  }
  const began = Date.now();
  const { status, text } = await read(`${worker.url}/rest/v1/x`, { method: "POST", body: slowly(), duplex: "half" });
  assert.deepEqual([status, text], [200, DIGITS]);
  assert.ok(Date.now() - began > 2 * DEADLINE, "it took longer than the deadline");
});

test("an upload that stalls is a 408 within the deadline, and its upstream's side is closed", async () => {
  let closed;
  answer = (request) =>
    request.on("error", () => {}).on("close", () => (closed = request.complete ? "whole" : "cut off"));
  for (const [framing, piece] of [
    ["content-length: 1000", "half"],
    ["transfer-encoding: chunked", "4\r\nhalf\r\n"],
  ]) {
    closed = undefined;
    const client = open(worker.port);
    client.socket.write(`POST /rest/v1/x HTTP/1.1\r\nhost: h\r\n${framing}\r\n\r\n${piece}`);
    const began = Date.now();
    await until(() => client.received.includes("request_timeout"), 3 * DEADLINE);
    assert.ok(Date.now() - began >= DEADLINE - 50, "not before the deadline");
    assert.match(client.received, /^HTTP\/1.1 408 /);
    await until(() => closed);
    assert.equal(closed, "cut off", "half a body is never taken for a whole one");
    client.socket.destroy();
  }
});

test("an upstream that takes nothing of an upload, or answers nothing after it, is a 504 within the deadline", async () => {
  // Nothing is read of it: the connection's buffers fill up.
  answer = (request) => request.pause();
  const large = await read(`${worker.url}/rest/v1/x`, { method: "POST", body: Buffer.alloc(30_000_000) });
  assert.deepEqual([large.status, large.json.code], [504, "upstream_timeout"]);
  answer = (request) => request.resume();
  const silent = await read(`${worker.url}/rest/v1/x`, { method: "POST", body: "{}" });
  assert.deepEqual([silent.status, silent.json.code], [504, "upstream_timeout"]);
});

test("an answer that stalls in its middle is broken off, and one that drips is not", async () => {
  let closed = false;
  answer = (_, response) => {
    response.on("close", () => (closed = true));
    response.writeHead(200).write("half");
  };
  const response = await fetch(`${worker.url}/rest/v1/x`);
  assert.equal(response.status, 200);
  const began = Date.now();
  await assert.rejects(response.text());
  assert.ok(Date.now() - began < 4 * DEADLINE, `broken off after ${Date.now() - began} ms`);
  await until(() => closed);
  answer = async (_, response) => {
    for (const digit of DIGITS) {
      response.write(digit);
      await sleep(DEADLINE / 5);
    }
    response.end();
  };
  assert.equal((await read(`${worker.url}/rest/v1/x`)).text, DIGITS);
});

test("a client that reads slowly is waited for, however long it takes", async () => {
  const body = Buffer.alloc(20_000_000, "y");
  answer = (_, response) => response.end(body);
  const response = await fetch(`${worker.url}/rest/v1/x`);
  const reader = response.body.getReader();
  let bytes = (await reader.read()).value.length;
  await sleep(3 * DEADLINE);
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) bytes += piece.value.length;
  assert.equal(bytes, body.length);
});

test("an answer that is cut off is cut off for the client too", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("half");
    setTimeout(() => response.destroy(), 50);
  };
  const response = await fetch(`${worker.url}/rest/v1/x`);
  await assert.rejects(response.text());
});

test("a client that leaves in the middle of a download takes the upstream's side with it", async () => {
  for (const pace of ["without end", "and waiting"]) {
    let closed = false;
    answer = (_, response) => {
      response.on("close", () => (closed = true)).on("error", () => {});
      response.writeHead(200).write("x".repeat(1000));
      if (pace === "without end") {
        const timer = setInterval(
          () => (response.destroyed ? clearInterval(timer) : response.write("y".repeat(10_000))),
          5,
        );
      }
    };
    const client = open(bulkWorker.port);
    client.socket.write("GET /rest/v1/x HTTP/1.1\r\nhost: h\r\n\r\n");
    await until(() => client.bytes > 1000);
    client.socket.resetAndDestroy();
    await until(() => closed, PATIENCE - 1000);
  }
});

test("a client that leaves in the middle of an upload takes the upstream's side with it", async () => {
  let came = 0;
  let ended;
  answer = (request) => {
    request.on("data", (piece) => (came += piece.length));
    request.on("error", () => {}).on("close", () => (ended = request.complete ? "whole" : "cut off"));
  };
  for (const [framing, piece] of [
    ["content-length: 1000000", "x".repeat(100_000)],
    ["transfer-encoding: chunked", `186a0\r\n${"x".repeat(100_000)}\r\n`],
  ]) {
    [came, ended] = [0, undefined];
    const client = open(bulkWorker.port);
    client.socket.write(`POST /rest/v1/x HTTP/1.1\r\nhost: h\r\n${framing}\r\n\r\n${piece}`);
    await until(() => came === 100_000);
    client.socket.resetAndDestroy();
    await until(() => ended, PATIENCE - 1000);
    assert.equal(ended, "cut off");
  }
});

test("a compressed answer comes decoded and whole", async () => {
  const text = JSON.stringify(Array.from({ length: 5000 }, (_, at) => ({ at })));
  let accepted;
  answer = (request, response) => {
    accepted = request.headers["accept-encoding"];
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(gzipSync(text));
  };
  const { status, text: given } = await read(`${worker.url}/rest/v1/x`);
  assert.deepEqual([status, given], [200, text], `asked with ${accepted}`);
  const raw = open(worker.port);
  raw.socket.write("GET /rest/v1/x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
  await raw.ended;
  assert.doesNotMatch(raw.received.split("\r\n\r\n")[0], /content-encoding/i);
  assert.ok(raw.received.includes('{"at":4999}'));
});

test("an address of the upstream's is one of ours, and others are kept from the caller", async () => {
  const redirected = async (location) => {
    answer = (_, response) =>
      response.writeHead(307, { location, "content-location": location, "www-authenticate": "Bearer" }).end();
    const { status, headers } = await read(`${worker.url}/rest/v1/x`, { redirect: "manual" });
    assert.equal(status, 307);
    assert.equal(headers.get("www-authenticate"), "Bearer");
    assert.equal(headers.get("location"), headers.get("content-location"));
    return headers.get("location");
  };
  assert.equal(await redirected(`${upstreamUrl}/rest/v1/note?id=eq.1`), "/rest/v1/note?id=eq.1");
  assert.equal(await redirected("/note?id=eq.1"), "/note?id=eq.1");
  assert.equal(await redirected("https://other.example/"), null);
  assert.equal(await redirected("//other.example/"), null);
});
