/** Many at once: on PostgreSQL, whose connections really run side by side, nothing is counted twice and nothing is lost. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { backends } from "./backends.mjs";
import { data, hash, make, name, people, stored, upload, withClaims } from "./people.mjs";

const AT_ONCE = 8;

for (const { name: backend, skip, start } of backends) {
  describe(`many at once on ${backend}`, { skip }, () => {
    let server;
    let service;
    before(async () => {
      server = await start();
      ({ service } = await people(server));
    });
    after(() => server?.close());

    const somebody = () => withClaims(server, { sub: crypto.randomUUID() });
    const times = (count, one) => Promise.all(Array.from({ length: count }, (_, at) => one(at)));

    it("fits nobody's function into a place twice", async () => {
      const by = somebody();
      const made = await times(AT_ONCE, () => data(by.rpc("create_function", { function: { name: name() }, most: 3 })));
      assert.equal(made.filter(({ made }) => made).length, 3);
    });

    it("holds the project's quota against inserts that go round the platform", async () => {
      await server.db.exec("update hashi.quota set functions = 3");
      try {
        const by = somebody();
        const inserted = await times(AT_ONCE, () => by.from("functions").insert({ name: name() }));
        assert.equal(inserted.filter(({ error }) => error === null).length, 3);
        assert.ok(inserted.every(({ error }) => error === null || error.code === "PT403"));
      } finally {
        await server.db.exec("update hashi.quota set functions = 100");
      }
    });

    it("gives one name to one function", async () => {
      const one = name();
      const made = await times(AT_ONCE, () => data(somebody().rpc("create_function", { function: { name: one } })));
      assert.deepEqual(
        [made.filter(({ made }) => made).length, made.filter(({ taken }) => taken).length],
        [1, AT_ONCE - 1],
      );
    });

    it("makes one function of one key", async () => {
      const by = somebody();
      const made = await times(AT_ONCE, () =>
        data(by.rpc("create_function", { function: { name: name() }, caller: "c", key: "k", request: "{}" })),
      );
      const [{ made: first }] = made.filter(({ made }) => made);
      assert.equal(made.filter(({ kept }) => kept?.function.id === first.id).length, AT_ONCE - 1);
    });

    it("does one thing under one key, whatever functions it is for", async () => {
      const by = somebody();
      const functions = await times(AT_ONCE, () => make(by));
      const key = { caller: "c", key: "k", request: "{}" };
      const added = await times(AT_ONCE, async (at) => {
        const { id } = functions[at];
        const module = await stored(service, id);
        return data(by.rpc("add_module", { function_id: id, module, ...key }));
      });
      assert.equal(added.filter(({ done }) => done).length, 1);
      assert.equal(added.filter(({ kept, done, module }) => kept && !done && module === null).length, AT_ONCE - 1);
      // The others have a module each now, and none of them becomes another by the same key.
      const others = functions.filter((_, at) => !added[at].done);
      const versions = await times(others.length, async (at) => {
        const { id } = others[at];
        const { function: current } = await data(
          by.rpc("add_module", { function_id: id, module: await stored(service, id) }),
        );
        return { function_id: id, version: 1, expected: current.revision };
      });
      const second = { ...key, key: "l" };
      const activated = await times(versions.length, (at) =>
        data(by.rpc("activate_version", { ...versions[at], ...second })),
      );
      assert.equal(activated.filter(({ done }) => done).length, 1);
      assert.equal(activated.filter(({ kept, done }) => kept && !done).length, versions.length - 1);
    });

    it("numbers versions without a gap", async () => {
      const by = somebody();
      const { id } = await make(by);
      const added = await times(AT_ONCE, () => upload(service, by, id));
      const versions = added.map(({ module }) => module.version).sort((one, other) => one - other);
      assert.deepEqual(
        versions,
        Array.from({ length: AT_ONCE }, (_, at) => at + 1),
      );
      const [row] = await data(service.from("functions").select("revision").eq("id", id));
      assert.equal(row.revision, AT_ONCE + 1, "each upload was a revision");
    });

    it("makes one module of the same bytes", async () => {
      const by = somebody();
      const { id } = await make(by);
      const module = await stored(service, id);
      const added = await times(AT_ONCE, () => data(by.rpc("add_module", { function_id: id, module })));
      assert.deepEqual(new Set(added.map(({ module }) => module.version)), new Set([1]));
    });

    it("lets one change of a revision happen", async () => {
      const by = somebody();
      const { id } = await make(by);
      const changed = await times(AT_ONCE, (at) =>
        data(by.rpc("update_function", { function: { id, memory_pages: at + 1 }, expected: 1 })),
      );
      assert.equal(changed.filter(({ done }) => done).length, 1);
    });

    it("lets an upload and a deletion end with all or nothing", async () => {
      for (let round = 0; round < 10; round++) {
        const by = somebody();
        const { id } = await make(by);
        const module = await stored(service, id);
        const [added, deleted] = await Promise.all([
          data(by.rpc("add_module", { function_id: id, module, activate: false })),
          data(by.rpc("delete_function", { function_id: id, expected: 1 })),
        ]);
        assert.equal(deleted.done, true);
        assert.deepEqual(await data(service.from("wasm_modules").select().eq("sha256", module.sha256)), []);
        assert.ok(added.module === null || added.function.id === id);
      }
    });

    it("gives a minute to one tick", async () => {
      const by = somebody();
      const { id } = await make(by);
      const claims = [{ id, minute: "2099-01-01T12:00:00Z" }];
      const claimed = await times(AT_ONCE, () => data(service.rpc("claim_ticks", { claims })));
      assert.equal(claimed.flat().length, 1);
    });

    it("never collects what an upload begins to store at that moment", async () => {
      const by = somebody();
      const { id } = await make(by);
      for (let round = 0; round < 10; round++) {
        const sha256 = hash();
        const begin = { function_id: id, sha256, size: 1 };
        await data(by.rpc("begin_artifact", begin));
        const [taken, begun] = await Promise.all([
          data(service.rpc("collect_artifacts", { seconds: 0 })),
          data(by.rpc("begin_artifact", begin)),
        ]);
        // Taken first, it is busy; begun first, it may still be taken by a sweep of no age, and then its bytes are missed and not wrong.
        assert.ok(begun === "begun" || (begun === "busy" && taken.includes(sha256)), `${begun} ${taken}`);
        await data(service.rpc("collected_artifact", { sha256 }));
      }
    });
  });
}
