// What a call leaves behind when it is over: nothing goes on reading or sending.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Program } from "../../../js/guest/index.js";
import serve from "../../../js/isolate/serve.js";
import { bundleOfText } from "./rig.mjs";

const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

const { manifest, modules } = bundleOfText('(module (func (export "handle")))');
const settings = { fuel: 1e6, pages: 16, ms: 30, logging: true, requests: 5 };
const served = () => serve(JSON.stringify(manifest), modules, settings);
const code = (response) => response.headers.get("x-hashi-outcome").split(" ")[0];

/** A request whose body begins and goes on as `pull` has it; `over` says how it ended. */
function request(pull) {
  let ended;
  const over = new Promise((resolve) => (ended = resolve));
  const body = new ReadableStream({ pull, cancel: () => ended("cancelled") });
  return { request: new Request("http://http/", { method: "POST", body, duplex: "half" }), over };
}

test("a body that doesn't come within the call's time is not read any further", async () => {
  const { request: stalled, over } = request((stream) => {
    stream.enqueue(new Uint8Array(1));
    return new Promise(() => {});
  });
  assert.equal(code(await served().fetch(stalled)), "execution_timeout");
  assert.equal(
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 500, "still read"))]),
    "cancelled",
  );
});

test("nor is one that comes in pieces without end", async () => {
  let pieces = 0;
  const { request: endless, over } = request(async (stream) => {
    pieces += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
    // Lest the test itself goes on without end.
    if (pieces > 500) stream.close();
    else stream.enqueue(new Uint8Array(1));
  });
  assert.equal(code(await served().fetch(endless)), "execution_timeout");
  const then = pieces;
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 100))]);
  assert.ok(pieces <= then + 2, `${pieces} pieces, ${then} when the call was over`);
});

test("a body that is too long is cancelled where that shows", async () => {
  const { request: long, over } = request((stream) => stream.enqueue(new Uint8Array(4 * 1024 * 1024)));
  assert.equal(code(await served().fetch(long)), "body_too_large");
  assert.equal(await over, "cancelled");
});

test("a request that is still under way when the call has ended is ended with it, also when the call ended well", async (t) => {
  let signal;
  globalThis.fetch = (_, init) => {
    signal = init.signal;
    return new Promise(() => {});
  };
  // No guest could leave one behind; if one ever can, the platform is the one to know.
  t.mock.method(Program.prototype, "call", (_name, _args, { host }) => {
    host.get("http://example.com/");
    return { value: { status: 200, headers: [], body: new Uint8Array(0) }, fuel: 1, memory: 0, instance: "fresh" };
  });
  const response = await served().fetch(new Request("http://http/"));
  assert.equal(code(response), "ok");
  assert.equal(signal.aborted, true);
});
