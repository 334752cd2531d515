// A slow, a broken and a lying upstream: each becomes a typed error and a clean 502 or 504, within the deadline.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";
import { startRaw } from "./upstream.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

/** For what is to be over by its deadline, and for what never gets there. */
const [short, long] = [400, 5000];

/** What the rig makes of an upstream, with the time that it took. */
async function ask(path, url, deadline, options = {}) {
  const start = performance.now();
  const response = await fetch(`${rig.url}${path}deadline_ms=${deadline}`, {
    ...options,
    headers: { "x-upstream": url },
    signal: AbortSignal.timeout(10_000),
  });
  return { response, deadline, elapsed: () => performance.now() - start };
}

async function assertProblem({ response, deadline, elapsed }, status, detail) {
  const problem = await response.json();
  assert.equal(response.status, status, JSON.stringify(problem));
  assert.equal(problem.code, status === 504 ? "upstream_timeout" : "bad_upstream");
  assert.match(problem.detail, detail);
  assert.equal(problem.requestId, response.headers.get("x-request-id"));
  assert.doesNotMatch(JSON.stringify(problem), /127\.0\.0\.1/, "the upstream's address is not told");
  const latest = status === 504 ? deadline + 1500 : deadline;
  assert.ok(elapsed() < latest, `answered after ${elapsed()} ms`);
  assert.equal(await (await fetch(`${rig.url}/hello`)).text(), "hello");
}

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
const later = (socket, ms, text) => setTimeout(() => socket.destroyed || socket.end(text), ms);

const cases = [
  ["that never answers", 504, /Timeout/, () => {}],
  [
    "that answers after the deadline",
    504,
    /Timeout/,
    (socket) => later(socket, 3000, `${head}content-length: 2\r\n\r\nhi`),
  ],
  [
    "that stalls in the middle of its body",
    504,
    /Timeout/,
    (socket) => socket.write(`${head}content-length: 10\r\n\r\n12345`),
  ],
  [
    "that drips its body past the deadline",
    504,
    /Timeout/,
    (socket) => {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
      const drip = setInterval(() => socket.write("1\r\nx\r\n"), 50);
      socket.on("close", () => clearInterval(drip));
    },
  ],
  ["that resets before its head", 502, /Unreachable/, (socket) => socket.resetAndDestroy()],
  ["that closes before its head", 502, /Unreachable/, (socket) => socket.end()],
  [
    "that resets in the middle of its body",
    502,
    /Unreachable/,
    (socket) =>
      socket.write(`${head}content-length: 10\r\n\r\n12345`, () => setTimeout(() => socket.resetAndDestroy(), 50)),
  ],
  [
    "whose length is longer than its body",
    502,
    /Unreachable/,
    (socket) => socket.end(`${head}content-length: 10\r\n\r\n12345`),
  ],
  [
    "whose chunks break off",
    502,
    /Unreachable/,
    (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\n5\r\n12345\r\n`),
  ],
  [
    "whose chunk sizes are garbage",
    502,
    /Unreachable/,
    (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n12345\r\n`),
  ],
  ["that speaks garbage", 502, /Unreachable/, (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n")],
  ["whose length is no number", 502, /Unreachable/, (socket) => socket.end(`${head}content-length: many\r\n\r\n12345`)],
  [
    "that declares more than the caller takes",
    502,
    /TooLarge/,
    (socket) => socket.write(`${head}content-length: 2000000000\r\n\r\n12345`),
  ],
];

for (const [what, status, detail, answer] of cases) {
  test(`an upstream ${what} is a ${status}`, async () => {
    const upstream = await startRaw(answer);
    try {
      await assertProblem(await ask("/fetch?", upstream.url, status === 504 ? short : long), status, detail);
    } finally {
      await upstream.stop();
    }
  });
}

test("a length shorter than the body cuts the body, and nothing of the rest is taken for another answer", async () => {
  const lying = await startRaw((socket) =>
    socket.end(`${head}content-length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged`),
  );
  try {
    for (let round = 0; round < 3; round++) {
      const { response } = await ask("/fetch?", lying.url, long);
      assert.equal(await response.text(), "hi");
    }
  } finally {
    await lying.stop();
  }
});

test("an answer that grows past the caller's limit is refused when it is past it, not when it ends", async () => {
  let sent = 0;
  const endless = await startRaw((socket) => {
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    const piece = `10000\r\n${"x".repeat(65536)}\r\n`;
    const pour = () => {
      while (!socket.destroyed && socket.write(piece)) sent += 65536;
      if (!socket.destroyed) socket.once("drain", pour);
    };
    pour();
  });
  try {
    const { response } = await ask("/fetch?bytes=1000000&", endless.url, long);
    assert.equal(response.status, 502);
    assert.match((await response.json()).detail, /TooLarge/);
    assert.ok(sent < 30e6, `the upstream had sent ${sent} bytes by then`);
  } finally {
    await endless.stop();
  }
});

test("an upstream that is not there is a 502", async () => {
  const gone = await startRaw(() => {});
  await gone.stop();
  await assertProblem(await ask("/fetch?", gone.url, long), 502, /Unreachable/);
});

test("a URL that is none is a 502", async () => {
  for (const url of ["nonsense", "http://", "gopher://127.0.0.1/"])
    await assertProblem(await ask("/fetch?", url, long), 502, /Unreachable/);
});

test("a pass-through gives up on an upstream without a head or that stalls, but lets a slow body take its time", async () => {
  const silent = await startRaw(() => {});
  const slow = await startRaw((socket) => {
    socket.write(`${head}content-length: 8\r\n\r\n`);
    // Each wait is shorter than the deadline, all together are longer.
    for (let at = 1; at <= 8; at++) setTimeout(() => socket.destroyed || socket.write(String(at)), at * 300);
  });
  const stalled = await startRaw((socket) => socket.write(`${head}content-length: 4\r\n\r\nab`));
  const broken = await startRaw((socket) => {
    socket.write(`${head}content-length: 4\r\n\r\nab`, () => setTimeout(() => socket.resetAndDestroy(), 50));
  });
  try {
    await assertProblem(await ask("/proxy?", silent.url, short), 504, /Timeout/);
    const { response, deadline, elapsed } = await ask("/proxy?", slow.url, 2000);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "12345678");
    assert.ok(elapsed() > deadline, "it took longer than the deadline");
    const late = await ask("/proxy?", stalled.url, short);
    await assert.rejects(late.response.text(), "a body that stops coming is ended, and not as if it were whole");
    const cut = await ask("/proxy?", broken.url, long);
    await assert.rejects(
      cut.response.text(),
      (error) => error.name !== "TimeoutError",
      "a cut body does not look complete",
    );
  } finally {
    await Promise.all([silent, slow, stalled, broken].map((upstream) => upstream.stop()));
  }
});

test("an upload to an upstream that closes in its middle is a 502, not a hang", async () => {
  const closing = await startRaw((socket) => setTimeout(() => socket.resetAndDestroy(), 20));
  try {
    const body = (async function* () {
      for (let at = 0; at < 200; at++) {
        yield Buffer.alloc(65536);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await assertProblem(
      await ask("/proxy?", closing.url, long, { method: "POST", body, duplex: "half" }),
      502,
      /Unreachable/,
    );
  } finally {
    await closing.stop();
  }
});
