// A promise that the host never settles is given up in time; one that it settles is not, however long somebody computes meanwhile.
import assert from "node:assert/strict";
import { readFile } from "node:fs";
import { mock, test } from "node:test";
import { within } from "../../js/worker/deadline.js";

const LATE = { name: "LateError" };

test("what comes in time is given, and no timer is left", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    assert.equal(await within(Promise.resolve("value"), 1000), "value");
    await assert.rejects(within(Promise.reject(new Error("as asked")), 1000), /as asked/);
    const { promise, resolve } = Promise.withResolvers();
    const given = within(promise, 1000);
    mock.timers.tick(999);
    resolve("just so");
    assert.equal(await given, "just so");
  } finally {
    mock.timers.reset();
  }
});

test("what doesn't is late, and its body is cancelled when it comes after all", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { promise, resolve } = Promise.withResolvers();
    const given = within(promise, 1000);
    mock.timers.tick(1000);
    mock.timers.tick(1000);
    await assert.rejects(given, LATE);
    const cancelled = Promise.withResolvers();
    resolve(new Response(new ReadableStream({ cancel: cancelled.resolve })));
    await cancelled.promise;
    // One that fails after all, or has no body, is nobody's concern.
    for (const settle of [({ reject }) => reject(new Error("too late")), ({ resolve }) => resolve(undefined)]) {
      const other = Promise.withResolvers();
      const late = within(other.promise, 1000);
      mock.timers.tick(1000);
      mock.timers.tick(1000);
      await assert.rejects(late, LATE);
      settle(other);
      await new Promise((done) => setImmediate(done));
    }
  } finally {
    mock.timers.reset();
  }
});

test("what came while somebody computed past the deadline is not late", async () => {
  // Timers that are due come before what was read.
  const { promise, resolve } = Promise.withResolvers();
  readFile(import.meta.filename, () => resolve("read"));
  const given = within(promise, 1);
  const end = Date.now() + 50;
  while (Date.now() < end);
  assert.equal(await given, "read");
});
