/** Modules: whose they are, what is believed of them, and how many bytes they may have. */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { code, data, hash, make, name, row, somebody, stored, upload } from "../people.mjs";

/** Registers the tests, against what `given` has by then: a server and its people. */
export function modules(given) {
  let server, ann, bob, root, service;
  before(() => {
    ({ server, ann, bob, root, service } = given());
  });

  it("keeps a module to its function, its bytes and its owner type", async () => {
    const [mine, theirs] = [await make(ann), await make(bob)];
    const { module } = await upload(service, ann, mine.id);
    const at = (by) => (change) =>
      by.from("wasm_modules").update(change).eq("function_id", mine.id).eq("version", module.version);
    for (const change of [
      { owner_type: "system" },
      { function_id: theirs.id },
      { sha256: hash() },
      { size: 0 },
      { version: 9 },
      { status: "ready" },
      { created_at: "2020-01-01" },
    ]) {
      for (const by of [ann, bob, root]) assert.notEqual((await at(by)(change)).error, null, JSON.stringify(change));
    }
    for (const change of [{ sha256: hash() }, { size: 0 }, { version: 9 }, { function_id: theirs.id }]) {
      assert.equal(code(await at(service)(change)), "42501", "by the service role");
    }
    await data(at(service)({ owner_type: "system" }));
    const [kept] = await data(service.from("wasm_modules").select().eq("function_id", mine.id));
    assert.deepEqual([kept.owner_type, kept.sha256, kept.status], ["user", module.sha256, "pending"]);
    const planted = { function_id: mine.id, ...(await stored(service, mine.id)) };
    const unstored = { ...planted, sha256: hash() };
    for (const by of [ann, bob, root])
      assert.equal(code(await by.from("wasm_modules").insert(unstored)), "42501", "what isn't stored");
    assert.equal(code(await bob.from("wasm_modules").insert(planted)), "42501");
    assert.equal(code(await ann.from("wasm_modules").insert({ ...planted, owner_type: "system" })), "42501");
    assert.equal(
      code(await bob.from("wasm_modules").insert({ ...planted, function_id: crypto.randomUUID() })),
      "42501",
    );
    assert.equal((await ann.from("wasm_modules").insert(planted)).error, null, "the twin");
  });

  it("believes what prepare made of a module only where its bundle is stored", async () => {
    const mine = await make(ann);
    const bundle = hash();
    const module = {
      ...(await stored(service, mine.id)),
      prepared: { prepare: 1, bundle, worlds: [], exports: [], types: [] },
    };
    const { sha256 } = module;
    const call = () => ann.rpc("add_module", { function_id: mine.id, module });
    const insert = { function_id: mine.id, ...module };
    assert.equal(code(await call()), "42501");
    assert.equal(code(await ann.from("wasm_modules").insert(insert)), "42501");
    const uploads = service.storage.from("private_uploads");
    const theirs = await make(bob);
    await data(uploads.upload(`bundles/${sha256}/${theirs.id}/${bundle}`, "x"));
    assert.equal(code(await call()), "42501", "another function's bundle");
    assert.notEqual(
      (await ann.storage.from("private_uploads").upload(`bundles/${sha256}/${mine.id}/${bundle}`, "x")).error,
      null,
    );
    await data(uploads.upload(`bundles/${sha256}/${mine.id}/${bundle}`, "x"));
    assert.equal((await data(call())).module.prepared.bundle, bundle, "the twin");
    const other = { prepared: { ...module.prepared, bundle: hash() } };
    assert.equal(
      code(await ann.from("wasm_modules").update(other).eq("function_id", mine.id)),
      "42501",
      "changed afterwards",
    );
    const [{ status }] = await data(service.from("wasm_modules").select("status").eq("function_id", mine.id));
    assert.equal(status, "ready");
  });

  it("activates no version that isn't the function's, and deletes none that is active", async () => {
    const mine = await make(ann);
    await upload(service, ann, mine.id);
    assert.equal(code(await ann.from("functions").update({ active_version: 2 }).eq("id", mine.id)), "23503");
    assert.equal(code(await ann.from("wasm_modules").delete().eq("function_id", mine.id)), "23503");
    assert.equal((await row(service, mine.id)).active_version, 1);
    assert.equal((await ann.from("functions").update({ active_version: null }).eq("id", mine.id)).error, null);
    assert.equal(
      (await data(ann.from("wasm_modules").delete().eq("function_id", mine.id).select())).length,
      1,
      "the twin",
    );
  });

  it("keeps users within the project's quota, also past the Worker", async () => {
    const eve = await somebody(server);
    await server.db.exec("update hashi.quota set functions = 3, bytes = 100");
    try {
      for (let at = 0; at < 3; at++) await data(eve.from("functions").insert({ name: name() }));
      assert.equal(code(await eve.from("functions").insert({ name: name() })), "PT403");
      const told = await data(eve.rpc("create_function", { function: { name: name() }, most: 1000 }));
      assert.deepEqual(told, { made: null, kept: null, taken: false });
      const [{ id }] = await data(eve.from("functions").select("id").eq("owner", eve.id).limit(1));
      // Whatever they say of the size.
      const insert = async (size) =>
        eve.from("wasm_modules").insert({ function_id: id, ...(await stored(service, id, { size })), size: 0 });
      assert.equal(code(await insert(101)), "PT403");
      assert.equal((await insert(100)).error, null, "the twin");
      assert.equal(code(await insert(1)), "PT403");
      assert.equal(
        (await root.from("functions").insert({ name: name(), owner_type: "system" })).error,
        null,
        "nobody's quota",
      );
    } finally {
      await server.db.exec("update hashi.quota set functions = 100, bytes = 268435456");
    }
  });

  it("counts what a user deleted as theirs until it is swept, however they delete it", async () => {
    const eve = await somebody(server);
    const begin = (id, size, sha256 = hash()) =>
      data(eve.rpc("begin_artifact", { function_id: id, sha256, size, most: 1000 }));
    const used = async (id, sha256, size) => {
      assert.equal(await begin(id, size, sha256), "begun");
      return upload(service, eve, id, { sha256, size });
    };
    const [one, two, three, last] = [await make(eve), await make(eve), await make(eve), await make(eve)];
    const [shared, own] = [hash(), hash()];
    for (const { id } of [one, two]) await used(id, shared, 300);
    await used(three.id, own, 200);
    await data(eve.from("functions").update({ active_version: null }).eq("id", three.id));
    await data(eve.from("wasm_modules").delete().eq("function_id", three.id));
    assert.equal(await begin(last.id, 201), "full", "a module that was deleted by itself");
    assert.equal(await begin(last.id, 0, own), "begun", "the same bytes again, which have no other size for it");
    assert.equal(await begin(last.id, 201), "full", "nor another owner");
    // One statement, so that each function goes while the other is still there.
    await data(eve.from("functions").delete().in("id", [one.id, two.id]));
    assert.equal(await begin(last.id, 201), "full", "what both of them used, which is there twice");
    assert.equal(await begin(last.id, 200), "begun", "the twin");
  });

  it("lets who deletes a function of many versions upload again", async () => {
    const eve = await somebody(server);
    const { id } = await make(eve);
    const versions = Array.from({ length: 257 }, () => ({ function_id: id, sha256: hash(), size: 0, kind: "core" }));
    await data(service.from("wasm_modules").insert(versions));
    await data(eve.from("functions").delete().eq("id", id));
    const next = await make(eve);
    assert.equal(await data(eve.rpc("begin_artifact", { function_id: next.id, sha256: hash(), size: 1 })), "begun");
    await server.db.query("delete from hashi.artifacts where begun_by = $1", [eve.id]);
  });

  it("counts the same bytes as often as deleted functions left them in the bucket", async () => {
    const eve = await somebody(server);
    const sha256 = hash();
    const begin = (id) => data(eve.rpc("begin_artifact", { function_id: id, sha256, size: 900, most: 2000 }));
    const left = [];
    for (const wanted of ["begun", "begun", "begun", "full"]) {
      const { id } = await make(eve);
      assert.equal(await begin(id), wanted, `after ${left.length}`);
      if (wanted === "full") break;
      await upload(service, eve, id, { sha256, size: 900 });
      await data(eve.from("functions").delete().eq("id", id));
      left.push(`modules/${sha256}/${id}`);
    }
    await data(service.storage.from("private_uploads").remove(left));
    await data(service.rpc("collect_artifacts", { seconds: 3600 }));
    const { rows } = await server.db.query("select from hashi.left_modules where sha256 = $1", [sha256]);
    assert.equal(rows.length, 0, "what is removed is forgotten");
    const { id } = await make(eve);
    assert.equal(await begin(id), "begun", "the twin");
  });

  it("has room for a bounded number of uploads that came to nothing", async () => {
    const eve = await somebody(server);
    await server.db.query(
      "insert into hashi.artifacts (sha256, state, begun_by) select lpad(n::text, 64, '0'), 'pending', $1::uuid from generate_series(1, 255) as n",
      [eve.id],
    );
    const last = hash();
    const { id } = await make(eve);
    const begin = (by, function_id, sha256) => by.rpc("begin_artifact", { function_id, sha256, size: 1 });
    assert.equal(await data(begin(eve, id, last)), "begun");
    assert.equal(code(await begin(eve, id, hash())), "PT403");
    assert.equal(await data(begin(eve, id, last)), "begun", "what was begun may be begun again");
    assert.equal(await data(begin(bob, (await make(bob)).id, hash())), "begun", "another's room");
    // 200 at once, the oldest first.
    for (let at = 0; at < 2; at++) await data(service.rpc("collect_artifacts", { seconds: 0 }));
    await data(service.rpc("collected_artifact", { sha256: last }));
    assert.equal(await data(begin(eve, id, hash())), "begun", "when one is forgotten");
  });

  it("counts what was begun, and lets nobody begin in another's name", async () => {
    const eve = await somebody(server);
    const { id } = await make(eve);
    const begin = (by, function_id, size, most) =>
      by.rpc("begin_artifact", { function_id, sha256: hash(), size, most });
    await server.db.exec("update hashi.quota set bytes = 1000");
    try {
      assert.equal(await data(begin(eve, id, 1001)), "full");
      assert.equal(await data(begin(eve, id, 600)), "begun", "the twin");
      assert.equal(await data(begin(eve, id, 401, 1_000_000)), "full", "whatever the caller says that the most is");
      assert.equal(await data(begin(eve, id, 400)), "begun", "the last byte");
    } finally {
      await server.db.exec("update hashi.quota set bytes = 268435456");
    }
    assert.equal(await data(begin(bob, id, 1)), "gone", "a function that bob may not see");
    const open = await make(eve, { visibility: "public" });
    assert.equal(code(await begin(bob, open.id, 1)), "42501", "one that he sees and may not change");
    assert.equal(await data(begin(eve, open.id, 1)), "begun", "the twin");
    for (const size of [-1, null]) assert.equal(code(await begin(eve, id, size)), "22023", `${size}`);
  });

  it("adds a module to the revision that was asked about, if one was", async () => {
    const { id } = await make(ann);
    const module = await stored(service, id);
    const add = (expected) => data(ann.rpc("add_module", { function_id: id, module, expected }));
    const before = await row(service, id);
    const stale = await add(before.revision + 1);
    assert.deepEqual([stale.done, stale.function.revision, stale.module], [false, before.revision, null]);
    const added = await add(before.revision);
    assert.deepEqual([added.done, added.module.version], [true, 1], "the twin");
  });
}
