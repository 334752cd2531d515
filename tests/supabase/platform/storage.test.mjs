/** The bucket private_uploads, by supabase-js's own storage calls: whose bytes a caller reads and stores. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor } from "../fixtures/server.mjs";
import { everywhere } from "./backends.mjs";
import { code, data, hash, make, people, stored } from "./people.mjs";

for (const { name: backend, skip, start } of everywhere) {
  describe(`private_uploads on ${backend}`, { skip }, () => {
    let server;
    let who;
    before(async () => {
      server = await start();
      who = await people(server);
    });
    after(() => server?.close());

    const bucket = (by) => by.storage.from("private_uploads");
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

    it("keeps what is staged to its uploader, who can't change or remove it any more", async () => {
      const path = `staging/${who.ann.id}/${crypto.randomUUID()}`;
      for (const by of ["bob", "root", "nobody"]) assert.equal(await stores(who[by], path), false, by);
      assert.equal(await stores(who.ann, path), true);
      assert.equal(await stores(who.ann, path, { upsert: true }), false, "what its hash was taken of stays");
      for (const by of ["ann", "bob", "root", "nobody"])
        assert.deepEqual((await bucket(who[by]).remove([path])).data, [], by);
      for (const by of ["bob", "root", "nobody"]) {
        assert.equal(await reads(who[by], path), false, by);
        assert.deepEqual((await bucket(who[by]).list(`staging/${who.ann.id}`)).data, [], by);
      }
      assert.equal(await reads(who.ann, path), true);
      assert.equal((await data(bucket(who.service).remove([path]))).length, 1, "the twin");
    });

    it("has room for a bounded number of uploads that are left", async () => {
      const paths = Array.from({ length: 32 }, (_, at) => `staging/${who.bob.id}/${at}`);
      for (const path of paths) assert.equal(await stores(who.bob, path), true);
      assert.equal(await stores(who.bob, `staging/${who.bob.id}/one-more`), false);
      await data(bucket(who.service).remove(paths));
      assert.equal(await stores(who.bob, `staging/${who.bob.id}/one-more`), true, "the twin");
    });

    const SEE = { nobody: 0, bob: 1, ann: 2, root: 3 };
    for (const [owner_type, visibility, see] of [
      ["system", "private", [0, 1, 1, 1]],
      ["admin", "public", [0, 0, 0, 1]],
      ["user", "private", [0, 0, 1, 0]],
      ["user", "public", [1, 1, 1, 1]],
    ]) {
      it(`gives a module of ${owner_type} ${visibility} to who may read it, and takes it from the platform alone`, async () => {
        const maker = owner_type === "user" ? who.ann : who.root;
        const { id } = await make(maker, { owner_type, visibility });
        const path = `modules/${hash()}/${id}`;
        // Not even who may change the function: nobody counts what they store by themselves.
        const staged = `staging/${maker.id}/${crypto.randomUUID()}`;
        await data(bucket(maker).upload(staged, "others"));
        const writes = async () => {
          for (const by of Object.keys(SEE)) {
            for (const upsert of [false, true])
              assert.equal(await stores(who[by], path, { upsert }), false, `stored by ${by}`);
            assert.notEqual((await bucket(who[by]).copy(staged, path)).error, null, `copied by ${by}`);
            assert.notEqual((await bucket(who[by]).move(staged, path)).error, null, `moved by ${by}`);
            assert.notEqual((await bucket(who[by]).update(path, "others")).error, null, `updated by ${by}`);
            assert.deepEqual((await bucket(who[by]).remove([path])).data, [], `removed by ${by}`);
          }
        };
        await writes();
        assert.equal((await bucket(who.service).copy(staged, path)).error, null, "the twin");
        await writes();
        for (const [by, at] of Object.entries(SEE))
          assert.equal(await reads(who[by], path), Boolean(see[at]), `read by ${by}`);
      });
    }

    it("gives nothing to who only knows a hash", async () => {
      const hidden = await make(who.ann);
      const module = await stored(who.service, hidden.id);
      const { sha256 } = module;
      const own = await make(who.bob, { visibility: "public" });
      const add = (by, { id }) => by.rpc("add_module", { function_id: id, module });
      assert.equal(code(await add(who.bob, own)), "42501", "not even a row: the bytes are not his function's");
      assert.equal(code(await add(who.ann, hidden)), undefined, "the twin");
      assert.equal(await reads(who.bob, `modules/${sha256}/${own.id}`), false, "but no bytes come with it");
      assert.equal(await reads(who.bob, `modules/${sha256}/${hidden.id}`), false);
    });

    it("counts what Storage counted, whatever the caller says", async () => {
      const { id } = await make(who.ann);
      const given = { ...(await stored(who.service, id, { size: 1234 })), size: 1 };
      const { module } = await data(who.ann.rpc("add_module", { function_id: id, module: given }));
      assert.equal(module.size, 1234);
    });

    it("knows that a sweep removes the bundles that no module of their function names", async () => {
      const [{ id }, other] = [await make(who.ann), await make(who.ann)];
      const sha256 = hash();
      const bundles = [hash(), hash()];
      const named = (bundle, of = id) => `bundles/${sha256}/${of}/${bundle}`;
      const add = async (of, bundle) => {
        await data(bucket(who.service).upload(named(bundle, of), "x", { upsert: true }));
        const prepared = { prepare: 1, bundle, worlds: [], exports: [], types: [] };
        const module = { sha256, size: 1, kind: "core", prepared };
        assert.equal((await data(who.ann.rpc("add_module", { function_id: of, module }))).done, true);
      };
      const left = async (seconds) => {
        const names = await data(who.service.rpc("left_objects", { seconds }));
        return names.filter((name) => name.includes(sha256)).sort();
      };
      for (const of of [id, other.id]) {
        await stored(who.service, of, { sha256 });
        await add(of, bundles[0]);
      }
      assert.deepEqual(await left(0), [], "each names its own");
      await add(id, bundles[1]);
      assert.deepEqual(await left(0), [named(bundles[0])], "another is in its place; the other function's stays");
      assert.deepEqual(await left(3600), [], "not while an upload may be under way");
      await data(bucket(who.service).remove([named(bundles[0])]));
      // As an upload that is cut off before its last step, whose hash was begun and isn't old.
      await data(bucket(who.service).upload(named(bundles[0]), "x"));
      const age = (seconds) =>
        server.db.query("update storage.objects set updated_at = now() - make_interval(secs => $1) where name = $2", [
          seconds,
          named(bundles[0]),
        ]);
      await age(4000);
      await data(who.ann.rpc("begin_artifact", { function_id: id, sha256, size: 1 }));
      assert.deepEqual(await left(3600), [], "begun meanwhile");
      assert.deepEqual(await left(0), [named(bundles[0])]);
    });

    it("adds no module of bytes that were taken for removal", async () => {
      const { id, revision } = await make(who.ann);
      const module = await stored(who.service, id);
      const { sha256 } = module;
      const add = (by) => by.rpc("add_module", { function_id: id, module });
      const insert = (by) => by.from("wasm_modules").insert({ ...module, function_id: id });
      const begin = () => data(who.ann.rpc("begin_artifact", { function_id: id, sha256, size: 1 }));
      const state = async () =>
        (await server.db.query("select state from hashi.artifacts where sha256 = $1", [sha256])).rows[0]?.state;
      assert.equal(await begin(), "begun");
      assert.ok((await data(who.service.rpc("collect_artifacts", { seconds: 0 }))).includes(sha256));
      for (const by of [who.ann, who.service]) {
        const { done, busy, function: after, module: added } = await data(add(by));
        assert.deepEqual([done, busy, after.revision, added], [false, true, revision, null]);
        assert.equal(code(await insert(by)), "42501", "past the call");
      }
      assert.equal(await state(), "collecting", "the sweep goes on");
      await data(bucket(who.service).remove([`modules/${sha256}/${id}`]));
      await data(who.service.rpc("collected_artifact", { sha256 }));
      assert.equal(code(await add(who.ann)), "42501", "what is gone");
      assert.deepEqual((await data(add(who.service))).busy, true, "what is gone, by who isn't asked for bytes");
      await stored(who.service, id, { sha256 });
      assert.equal(await begin(), "begun");
      const { done, module: added } = await data(add(who.ann));
      assert.deepEqual([done, added.version, await state()], [true, 1, "stored"], "the twin");
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
      await data(bucket(who.ann).upload(staged, "x"));
      const module = await stored(who.service, id, { sha256 });
      await data(who.ann.rpc("add_module", { function_id: id, module, activate: false }));
      const left = async (seconds) => data(who.service.rpc("left_objects", { seconds }));
      const leftStaged = async (seconds) => data(who.service.rpc("left_staged", { seconds }));
      assert.ok(!(await leftStaged(3600)).includes(staged), "not what is young");
      assert.ok((await leftStaged(0)).includes(staged));
      assert.ok(!(await leftStaged(0)).includes(kept), "and nothing else is");
      assert.ok(!(await left(0)).includes(kept), "not what a function has");
      // The same bytes for a function that has no module of them, as after an upload for which there was no room.
      const full = await make(who.ann);
      await stored(who.service, full.id, { sha256 });
      const orphan = `modules/${sha256}/${full.id}`;
      assert.ok(!(await left(3600)).includes(orphan), "not while an upload may be under way");
      assert.ok((await left(0)).includes(orphan), "what no module of its function uses");
      await data(bucket(who.service).remove([orphan]));
      assert.deepEqual(await data(who.service.rpc("objects_of_hash", { sha256 })), [kept]);
      assert.deepEqual(await data(who.service.rpc("objects_of_hash", { sha256: "%" })), []);
      await data(who.ann.rpc("delete_function", { function_id: id, expected: revision }));
      assert.ok((await left(0)).includes(kept), "what its function left");
    });
  });
}
