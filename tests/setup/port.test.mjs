// A port in use is named with its holder and the way out.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { isFree, portProblem } from "../../scripts/process/port.mjs";

/** Listens on a port of the system's choice for as long as `use` takes. */
async function listening(host, use) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, host, () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    await use(port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return port;
}

for (const host of ["127.0.0.1", "0.0.0.0"]) {
  test(`a port that another has on ${host} is not free`, async () => {
    const port = await listening(host, async (taken) => assert.equal(await isFree(taken), false));
    assert.equal(await isFree(port), true);
  });
}

test("the sentence names the port, the process and the remedy", async () => {
  await listening("127.0.0.1", async (port) => {
    const sentence = await portProblem(port, "PORT=8788 npm start");
    assert.match(sentence, new RegExp(`^Port ${port} is in use by process ${process.pid} \\(.*node`));
    assert.match(sentence, /PORT=8788 npm start$/);
  });
});

test("there is nothing to say about a free port", async () => {
  const port = await listening("127.0.0.1", async () => {});
  assert.equal(await portProblem(port, "-"), undefined);
});
