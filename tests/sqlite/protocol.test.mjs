// Tabs of different versions of the package: each side says which one is to be reloaded. The other side is made by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig, until } from "./rig.mjs";

/** @type {Awaited<ReturnType<typeof startRig>>} */
let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

/* The functions given to evaluate run in the page, where these are globals. */
/* global db, hashi, codeOf */

/** Has a page find the leader as a client does, over the channel; what that answers to a HELLO that ends with `version`. */
const hello = (page, name, version) =>
  page.evaluate(
    async ([name, ...version]) => {
      const key = `hashi-sqlite:${name}`;
      const id = 4711 + Math.floor(Math.random() * 1e6);
      // Who doesn't hold it is gone, as a leader sees it.
      await new Promise((held) => {
        navigator.locks.request(`${key}:client:${id}`, () => {
          held(undefined);
          return new Promise(() => {});
        });
      });
      const channel = new BroadcastChannel(key);
      return new Promise((resolve) => {
        channel.onmessage = ({ data: [what, client, message] }) => {
          if (what === "answer" && client === id) resolve(message);
        };
        channel.postMessage(["connect", id, 1000, 1, 1]);
        const migrations = [[1, "CREATE TABLE by_hand(x)"]];
        channel.postMessage(["call", id, [0, 0, 0, 0, 0, false, migrations, ...version]]);
      });
    },
    [name, ...version],
  );

test("a leader refuses an older and a newer client with a typed failure, and goes on with its own", {
  timeout: 60_000,
}, async () => {
  const leader = await rig.opened("hello");
  const page = await rig.tab();
  const older = await hello(page, "hello", []);
  assert.deepEqual([...older.slice(0, 3), older[6]], [0, 1, "protocol_outdated", [0, 1]]);
  assert.match(older[3], /this tab speaks version 0 .* the tab that leads version 1: reload the page$/);
  const newer = await hello(page, "hello", [2]);
  assert.deepEqual([...newer.slice(0, 3), newer[6]], [0, 1, "protocol_outdated", [2, 1]]);
  assert.match(newer[3], /the tab that leads is older: reload or close that one$/);
  const same = await hello(page, "hello", [1]);
  assert.deepEqual([same[0], same[1], same[3], same[4]], [0, 0, 1, 1], "epoch, schema and version follow");
  const tables = await leader.evaluate(() => db.all("SELECT name FROM sqlite_schema WHERE name LIKE 'by_%'"));
  assert.deepEqual(tables, [{ name: "by_hand" }], "of three only the last has migrated");
  await leader.close();
  await page.close();
});

/** A page that says it leads, of epoch `epoch`, and welcomes everybody over the channel as a side does that speaks `version`. */
const leadByHand = (page, name, epoch, version) =>
  page.evaluate(
    ([name, epoch, ...version]) => {
      const key = `hashi-sqlite:${name}`;
      const channel = new BroadcastChannel(key);
      const announce = () => channel.postMessage(["leader", epoch, "opfs", 1]);
      channel.onmessage = ({ data: [what, client, message] }) => {
        if (what === "who") announce();
        if (what !== "call") return;
        const [op, id] = message;
        const answer = op === 0 ? [0, 0, epoch, 0, ...version] : [id, 0];
        channel.postMessage(["answer", client, answer]);
      };
      announce();
      // Nobody else may lead meanwhile.
      return new Promise((held) => {
        navigator.locks.request(key, () => {
          held(undefined);
          return new Promise(() => {});
        });
      });
    },
    [name, epoch, ...version],
  );

test("a client refuses an older and a newer leader, says which to reload, and goes on with the next one", {
  timeout: 60_000,
}, async () => {
  for (const [version, what] of /** @type {const} */ ([
    [[], /version 1 .* the tab that leads version 0: the tab that leads is older: reload or close that one$/],
    [[2], /the tab that leads version 2: reload the page$/],
  ])) {
    const name = `welcome-${version.length}`;
    const other = await rig.tab();
    await leadByHand(other, name, 1, version);
    const page = await rig.tab();
    const failure = await page.evaluate(
      (name) =>
        hashi.open(name, { transport: "broadcast" }).then(
          () => "resolved",
          ({ code, message }) => `${code}: ${message}`,
        ),
      name,
    );
    assert.match(failure, /^protocol_outdated: /);
    assert.match(failure, what);
    await other.close();
    await page.evaluate((name) => open_(name, { transport: "broadcast" }).then(() => {}), name);
    assert.deepEqual(await page.evaluate(() => db.get("SELECT 1 AS one")), { one: 1 });
    await page.close();
  }
});

test("a tab that is open when another version comes to lead fails its calls at once, until there is another leader", {
  timeout: 60_000,
}, async () => {
  const page = await rig.opened("between", { transport: "broadcast" });
  const other = await rig.tab();
  await other.evaluate(() => {
    const channel = new BroadcastChannel("hashi-sqlite:between");
    channel.onmessage = ({ data: [what, client, message] }) => {
      if (what === "call" && message[0] === 0) channel.postMessage(["answer", client, [0, 0, 50, 0]]);
    };
    channel.postMessage(["leader", 50, "opfs", 1]);
  });
  await until(async () => (await page.evaluate(() => db.status())).state === "outdated", "the tab says so");
  assert.equal(await page.evaluate(() => codeOf(db.get("SELECT 1"))), "protocol_outdated");
  await other.close();
  const next = await rig.tab();
  await next.evaluate(() => {
    const channel = new BroadcastChannel("hashi-sqlite:between");
    channel.onmessage = ({ data: [what, client, message] }) => {
      if (what !== "call") return;
      const answer = message[0] === 0 ? [0, 0, 51, 0, 1] : [message[1], 0, 0, [7], ["x"]];
      channel.postMessage(["answer", client, answer]);
    };
    channel.postMessage(["leader", 51, "opfs", 1]);
  });
  await until(async () => (await page.evaluate(() => codeOf(db.get("SELECT 7 AS x")))) === "resolved", "it goes on");
  await page.close();
  await next.close();
});
