// Clients that ask for a large module and then don't read it. Every store has to let go of it alike.
import assert from "node:assert/strict";
import { open, parse, until } from "../raw.mjs";
import { largeWasm, raw, sha256 } from "./platform.mjs";

const READERS = 16;
const SIZE = 10 * 1024 * 1024 - 1000;

/**
 * Lets many read a module of `worker` by the token `bearer`, nearly as large as one may be, and take its first bytes only. The others are served meanwhile,
 * and nothing of it is held for those that wait.
 */
export async function assertSlowReadersHoldNothing(context, worker, bearer) {
  const made = await worker.api(bearer, "POST", "/functions", { body: { name: "unread" } });
  assert.equal(made.status, 201, made.text);
  const bytes = largeWasm(SIZE, 1);
  const uploaded = await worker.api(bearer, "POST", "/functions/unread/upload", { body: bytes, headers: raw });
  assert.equal(uploaded.status, 201, uploaded.text);

  const download = async () => {
    const answer = await fetch(`${worker.url}/api/v1/artifacts/unread/1`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    return sha256(Buffer.from(await answer.arrayBuffer()));
  };
  assert.equal(await download(), sha256(bytes));
  const before = worker.memory();

  const readers = [];
  try {
    for (let at = 0; at < READERS; at++) {
      const reader = open(worker.port);
      readers.push(reader);
      reader.socket.once("data", () => reader.socket.pause());
      const range = at % 2 === 0 ? [] : ["range: bytes=1-"];
      const head = ["GET /api/v1/artifacts/unread/1 HTTP/1.1", "host: hashi", "connection: close", ...range];
      reader.socket.write(`${[...head, `authorization: Bearer ${bearer}`].join("\r\n")}\r\n\r\n`);
      await until(() => reader.received.includes("\r\n\r\n"), 20_000);
    }
    const grown = worker.memory() - before;
    context.diagnostic(`${READERS} downloads that nobody reads: ${(grown / 1e6).toFixed(1)} MB`);
    assert.ok(grown < (READERS * bytes.length) / 3, `${READERS} unread downloads hold ${grown} bytes`);

    assert.equal((await worker.api(bearer, "GET", "/functions/unread")).status, 200);
    assert.equal(await download(), sha256(bytes));

    // Whoever takes time gets all of it.
    for (const [at, status] of [200, 206].entries()) {
      const reader = readers[at];
      assert.ok(reader.bytes < bytes.length, "it has not come already");
      reader.socket.resume();
      await reader.ended;
      const answer = parse(reader.received);
      const wanted = bytes.subarray(at);
      assert.deepEqual([answer.status, answer.headers["content-length"]], [status, String(wanted.length)]);
      assert.equal(sha256(Buffer.from(answer.body, "latin1")), sha256(wanted));
    }
  } finally {
    for (const { socket } of readers) socket.destroy();
  }
  assert.equal(await download(), sha256(bytes));
}
