/** The bucket private_uploads, by supabase-js's own storage calls: whose bytes a caller reads and stores. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor } from "../fixtures/server.mjs";
import { backends } from "./backends.mjs";
import { data, hash, name, people } from "./people.mjs";

for (const { name: backend, skip, start } of backends) {
  describe(`private_uploads on ${backend}`, { skip }, () => {
    let server;
    let who;
    before(async () => {
      server = await start();
      who = await people(server);
    });
    after(() => server?.close());

    const bucket = (by) => by.storage.from("private_uploads");
    const make = async (by, settings = {}) =>
      (await data(by.rpc("create_function", { function: { name: name(), ...settings } }))).made;
    const reads = async (by, path) => (await bucket(by).download(path)).error === null;
    const stores = async (by, path, options) => (await bucket(by).upload(path, "bytes", options)).error === null;

    it("is private, and only what its policies name can be stored", async () => {
      const { public: open } = await data(who.service.storage.getBucket("private_uploads"));
      assert.equal(open, false);
      const id = who.ann.id;
      for (const path of [
        "x",
        "x/y",
        `staging/${id}`,
        `staging/${id}/a/b`,
        `staging//x`,
        `modules/x/${id}`,
        `bundles/${hash()}/1`,
      ]) {
        for (const by of ["ann", "root", "nobody"])
          assert.equal(await stores(who[by], path), false, `${path} by ${by}`);
      }
      assert.equal(await stores(who.service, `bundles/${hash()}/1`), true, "the service role");
    });

    it("keeps what is staged to its uploader, who can't change it any more", async () => {
      const path = `staging/${who.ann.id}/${crypto.randomUUID()}`;
      for (const by of ["bob", "root", "nobody"]) assert.equal(await stores(who[by], path), false, by);
      assert.equal(await stores(who.ann, path), true);
      assert.equal(await stores(who.ann, path, { upsert: true }), false, "what its hash was taken of stays");
      for (const by of ["bob", "root", "nobody"]) {
        assert.equal(await reads(who[by], path), false, by);
        assert.deepEqual((await bucket(who[by]).remove([path])).data, [], by);
        assert.deepEqual((await bucket(who[by]).list(`staging/${who.ann.id}`)).data, [], by);
      }
      assert.equal(await reads(who.ann, path), true);
      assert.equal((await data(bucket(who.ann).remove([path]))).length, 1);
    });

    it("has room for a bounded number of uploads that are left", async () => {
      const paths = Array.from({ length: 32 }, (_, at) => `staging/${who.bob.id}/${at}`);
      for (const path of paths) assert.equal(await stores(who.bob, path), true);
      assert.equal(await stores(who.bob, `staging/${who.bob.id}/one-more`), false);
      await data(bucket(who.bob).remove(paths));
      assert.equal(await stores(who.bob, `staging/${who.bob.id}/one-more`), true, "the twin");
    });

    const SEE = { nobody: 0, bob: 1, ann: 2, root: 3 };
    for (const [owner_type, visibility, see, change] of [
      ["system", "private", [0, 1, 1, 1], [0, 0, 0, 1]],
      ["admin", "public", [0, 0, 0, 1], [0, 0, 0, 1]],
      ["user", "private", [0, 0, 1, 0], [0, 0, 1, 0]],
      ["user", "public", [1, 1, 1, 1], [0, 0, 1, 0]],
    ]) {
      it(`gives a module of ${owner_type} ${visibility} to who may read it, and takes it from who may change it`, async () => {
        const maker = owner_type === "user" ? who.ann : who.root;
        const { id } = await make(maker, { owner_type, visibility });
        const path = `modules/${hash()}/${id}`;
        for (const [by, at] of Object.entries(SEE)) {
          if (!change[at]) assert.equal(await stores(who[by], path), false, `stored by ${by}`);
        }
        assert.equal(await stores(maker, path), true);
        for (const [by, at] of Object.entries(SEE)) {
          assert.equal(await reads(who[by], path), Boolean(see[at]), `read by ${by}`);
          assert.equal(await stores(who[by], path, { upsert: true }), Boolean(change[at]), `stored again by ${by}`);
          assert.deepEqual((await bucket(who[by]).remove([path])).data, [], `removed by ${by}`);
        }
        const staged = `staging/${maker.id}/${crypto.randomUUID()}`;
        await data(bucket(maker).upload(staged, "others"));
        assert.equal(
          (await bucket(maker).copy(staged, `modules/${hash()}/${id}`)).error,
          null,
          "a copy of what is staged",
        );
        const { id: hidden } = await make(who.bob);
        assert.notEqual(
          (await bucket(who.ann).copy(path, `modules/${hash()}/${hidden}`)).error,
          null,
          "a copy to another's function",
        );
      });
    }

    it("gives nothing to who only knows a hash", async () => {
      const sha256 = hash();
      const hidden = await make(who.ann);
      await data(bucket(who.ann).upload(`modules/${sha256}/${hidden.id}`, "secret"));
      const own = await make(who.bob, { visibility: "public" });
      const { module } = await data(
        who.bob.rpc("add_module", { function_id: own.id, module: { sha256, size: 6, kind: "core" } }),
      );
      assert.equal(module.sha256, sha256, "the row alone is bob's to write");
      assert.equal(await reads(who.bob, `modules/${sha256}/${own.id}`), false, "but no bytes come with it");
      assert.equal(await reads(who.bob, `modules/${sha256}/${hidden.id}`), false);
    });

    it("counts what Storage counted, whatever the caller says", async () => {
      const sha256 = hash();
      const { id } = await make(who.ann);
      await data(bucket(who.ann).upload(`modules/${sha256}/${id}`, "x".repeat(1234)));
      const { module } = await data(
        who.ann.rpc("add_module", { function_id: id, module: { sha256, size: 1, kind: "core" } }),
      );
      assert.equal(module.size, 1234);
    });

    it("gives nothing to a token whose session has ended", async () => {
      const path = `staging/${who.bob.id}/before`;
      assert.equal(await stores(who.bob, path), true);
      const late = clientFor(server.url, server.anonKey, { accessToken: async () => who.bob.token });
      assert.equal(await reads(late, path), true, "the twin");
      await who.bob.auth.signOut();
      assert.equal(await reads(late, path), false);
      assert.equal(await stores(late, `staging/${who.bob.id}/after`), false);
    });

    it("knows what a sweep removes, and nothing else", async () => {
      const { id, revision } = await make(who.ann);
      const sha256 = hash();
      const [kept, staged] = [`modules/${sha256}/${id}`, `staging/${who.ann.id}/left`];
      for (const path of [kept, staged]) await data(bucket(who.ann).upload(path, "x"));
      const left = async (seconds) => data(who.service.rpc("left_objects", { seconds }));
      assert.ok(!(await left(3600)).includes(staged), "not what is young");
      assert.ok((await left(0)).includes(staged));
      assert.ok(!(await left(0)).includes(kept), "not what a function has");
      assert.deepEqual(await data(who.service.rpc("objects_of_hash", { sha256 })), [kept]);
      assert.deepEqual(await data(who.service.rpc("objects_of_hash", { sha256: "%" })), []);
      await data(who.ann.rpc("delete_function", { function_id: id, expected: revision }));
      assert.ok((await left(0)).includes(kept), "what its function left");
    });
  });
}
