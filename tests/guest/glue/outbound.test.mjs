// Whose time is over, when the gateway gives up first: a request's own time is told, the call's own ends the call.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Log } from "../../../js/isolate/log.js";
import { Outbound } from "../../../js/isolate/outbound.js";

const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

/** Requests of a call with `left` milliseconds, through a gateway that says `verdict` at once. */
function outbound(left, verdict) {
  globalThis.fetch = async () => new Response(null, { headers: { "x-hashi-outbound": `${verdict} 1 late` } });
  return new Outbound(5, Date.now() + left, new Log(true));
}

const get = (out, timeout) =>
  out.fetch({ method: "get", uri: "http://example.com/", headers: [], body: undefined, "timeout-ms": timeout });

/** What the promise came to, or "nothing" if it came to nothing in 50 ms. */
const settled = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 50, "nothing"))]);

test("a request's own time is told to the guest, and why stands in its log", async () => {
  const out = outbound(60_000, "timeout");
  assert.deepEqual(await settled(get(out, 100)), { tag: "err", val: "timeout" });
  assert.match(out.log.text(), /\[gateway\] late/);
});

test("the call's own time is not: the call ends, whichever timer came first", async () => {
  for (const timeout of [undefined, null, 60_000]) {
    const out = outbound(1000, "timeout");
    assert.equal(await settled(get(out, timeout)), "nothing");
    assert.equal(out.log.entries.length, 0);
  }
  assert.equal(await settled(get(outbound(0, "ok"))), "nothing", "and nothing is sent any more");
});

test("a request that nothing came of counts as one all the same", async () => {
  const out = outbound(1000, "ok");
  globalThis.fetch = async (_, { headers }) => {
    seen.push(headers.get("x-hashi-outbound").split(" ")[0]);
    throw new Error("broken");
  };
  const seen = [];
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await settled(get(out)), { tag: "err", val: "connection-failed" });
  }
  assert.deepEqual(seen, ["0", "1"]);
});

test("requests count once each, whatever the order of their answers", async () => {
  const out = outbound(1000, "ok");
  const answers = [];
  globalThis.fetch = (_, { headers }) => {
    const counted = Number(headers.get("x-hashi-outbound").split(" ")[0]) + 1;
    return new Promise((resolve) => {
      answers.push(() => resolve(new Response(null, { headers: { "x-hashi-outbound": `ok ${counted} ` } })));
    });
  };
  const asked = [get(out), get(out)];
  for (const answer of answers.reverse()) answer();
  await Promise.all(asked);
  assert.equal(out.passed, 2);
});

test("an answer whose body takes longer than the request may is none", async () => {
  const out = outbound(60_000, "ok");
  globalThis.fetch = async (_, { signal }) => {
    const body = new ReadableStream({
      start: (stream) => signal.addEventListener("abort", () => stream.error(signal.reason)),
    });
    return new Response(body, { headers: { "x-hashi-outbound": "ok 1 " } });
  };
  assert.deepEqual(await get(out, 20), { tag: "err", val: "timeout" });
  assert.match(out.log.text(), /body didn't come within/);
  assert.equal(out.passed, 1);
});

test("any other verdict is told", async () => {
  assert.deepEqual(await settled(get(outbound(1000, "dns-error"))), { tag: "err", val: "dns-error" });
});

/** What `Outbound` refuses by itself: nothing of it leaves the isolate. */
const REFUSED = [
  ["body-too-large", { method: "post", body: new Uint8Array(10 * 1024 * 1024 + 1) }, /a body of 10485761 bytes/],
  ["other", { method: "get", body: new Uint8Array(1) }, /the method GET and a body/],
  ["other", { method: "get", headers: [["a b", "c"]] }, /headers or an address that HTTP doesn't have/],
  ["other", { method: "get", uri: "http://example.com/\ud800" }, /headers or an address that HTTP doesn't have/],
];

test("what goes nowhere counts, after the budget and the permission", async () => {
  for (const [error, request, why] of REFUSED) {
    const whole = { uri: "http://example.com/", headers: [], body: undefined, "timeout-ms": undefined, ...request };
    const out = outbound(1000, "ok");
    globalThis.fetch = async () => assert.fail("it was sent");
    const answers = [];
    for (let at = 0; at < 6; at++) answers.push((await out.fetch(whole)).val);
    assert.deepEqual(answers, [...Array(5).fill(error), "rate-limited"]);
    assert.match(out.log.text(), why);
    assert.match(out.log.text(), /has sent the 5 requests that it may/);
    const none = new Outbound(0, Date.now() + 1000, new Log(true));
    assert.equal((await none.fetch(whole)).val, "permission-denied");
    assert.match(none.denied, /no requests/);
  }
});

test("an address or headers that are too long go nowhere, and count", async () => {
  let sent = 0;
  const out = outbound(1000, "ok");
  globalThis.fetch = async () => {
    sent += 1;
    return new Response(null, { headers: { "x-hashi-outbound": "ok 1 " } });
  };
  const ask = (uri, headers) => out.fetch({ method: "get", uri, headers, body: undefined, "timeout-ms": undefined });
  const refused = { tag: "err", val: "other" };
  assert.deepEqual(await ask(`http://example.com/${"x".repeat(70_000)}`, []), refused);
  assert.deepEqual(await ask("http://example.com/", [["x-long", "x".repeat(70_000)]]), refused);
  assert.deepEqual(await ask("http://example.com/", Array(300).fill(["a", "b"])), refused);
  assert.deepEqual([sent, out.passed], [0, 3]);
  assert.match(out.log.text(), /a head of 70019 characters.*a head of 70025 characters.*300 headers/s);
  assert.equal((await ask("http://example.com/", [["x-long", "x".repeat(60_000)]])).tag, "ok");
});
