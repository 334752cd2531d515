/** Who a caller is, and what they own: nothing that they say of themselves changes it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, it } from "node:test";
import { clientFor } from "../../fixtures/server.mjs";
import { code, data, hash, make, name, row, signIn, somebody, upload, withClaims } from "../people.mjs";

/** Registers the tests, against what `given` has by then: a server and its people. */
export function identity(given) {
  let server, ann, bob, root, service;
  before(() => {
    ({ server, ann, bob, root, service } = given());
  });

  it("lets nobody change what is for ever, not even the service role", async () => {
    const { id } = await make(ann);
    const before = await row(service, id);
    for (const change of [
      { owner_type: "system" },
      { owner: bob.id },
      { owner: null },
      { id: crypto.randomUUID() },
      { revision: 99 },
      { created_at: "2020-01-01" },
      { updated_at: "2020-01-01" },
      { runtime: "wasm" },
    ]) {
      const said = JSON.stringify(change);
      for (const by of [ann, bob, root])
        assert.equal(code(await by.from("functions").update(change).eq("id", id)), "42501", said);
    }
    assert.deepEqual(await row(service, id), before);
    assert.equal(code(await service.from("functions").update({ owner_type: "system" }).eq("id", id)), "42501");
    assert.equal(code(await service.from("functions").update({ owner: bob.id }).eq("id", id)), "42501");
    await data(service.from("functions").update({ revision: 99, created_at: "2020-01-01" }).eq("id", id));
    assert.deepEqual(await row(service, id), before, "the counters are the database's");
    // Taken from the document that is sent back, they are passed over.
    const forged = { ...before, owner_type: "system", owner: bob.id, revision: 50, memory_pages: 3 };
    const { done, function: changed } = await data(
      ann.rpc("update_function", { function: forged, expected: before.revision }),
    );
    assert.deepEqual(
      [done, changed.owner_type, changed.owner, changed.revision],
      [true, "user", ann.id, before.revision + 1],
    );
  });

  it("takes no owner but the caller, and no owner type of another's word", async () => {
    assert.equal(code(await bob.from("functions").insert({ name: name(), owner: ann.id })), "42501");
    assert.equal(
      code(await root.from("functions").insert({ name: name(), owner: ann.id, owner_type: "system" })),
      "42501",
    );
    const called = await make(bob, { owner: ann.id, revision: 7, active_version: 3 });
    assert.deepEqual([called.owner, called.revision, called.active_version], [bob.id, 1, null]);
    assert.equal(code(await bob.from("functions").insert({ name: name(), revision: 7 })), "42501");
    assert.equal(code(await bob.from("functions").insert({ name: name(), active_version: 1 })), "42501");
    const upsert = await bob.from("functions").upsert({ id: (await make(ann)).id, name: name() });
    assert.equal(code(upsert), "42501", "an upsert over another's row");
  });

  it("takes for an admin only whom the project made one", async () => {
    const sub = bob.id;
    for (const claims of [
      { user_metadata: { role: "admin" } },
      { app_metadata: { role: "Admin" } },
      { app_metadata: { role: ["admin"] } },
      { app_metadata: { roles: "admin" } },
      { app_metadata: '{"role":"admin"}' },
      { app_metadata: null },
      { role: "anon", app_metadata: { role: "admin" } },
      { sub: undefined, app_metadata: { role: "admin" } },
    ]) {
      const by = withClaims(server, { sub, ...claims });
      assert.notEqual(
        (await by.from("functions").insert({ name: name(), owner_type: "system" })).error,
        null,
        JSON.stringify(claims),
      );
      const call = await by.rpc("create_function", { function: { name: name(), owner_type: "admin" } });
      assert.notEqual(call.error, null, JSON.stringify(claims));
    }
    const admin = withClaims(server, { sub, app_metadata: { role: "admin" } });
    assert.equal(
      (await admin.from("functions").insert({ name: name(), owner_type: "system" })).error,
      null,
      "the twin",
    );
    assert.notEqual((await bob.auth.updateUser({ data: { role: "admin" } })).data.user, null);
    const again = await signIn(server, bob.credentials);
    assert.equal(
      code(await again.from("functions").insert({ name: name(), owner_type: "system" })),
      "42501",
      "self-appointed",
    );
  });

  it("shows the system's functions to nobody who names no user", async () => {
    const { id } = await make(root, { owner_type: "system" });
    for (const claims of [{}, { role: "anon", sub: bob.id }]) {
      assert.deepEqual(
        await data(withClaims(server, claims).from("functions").select().eq("id", id)),
        [],
        JSON.stringify(claims),
      );
    }
    assert.equal((await data(bob.from("functions").select().eq("id", id))).length, 1, "the twin");
  });

  it("tells nobody of a name more than that it is taken", async () => {
    const hidden = await make(ann);
    const answer = await data(bob.rpc("create_function", { function: { name: hidden.name } }));
    assert.deepEqual(answer, { made: null, kept: null, taken: true });
    const own = await make(bob);
    const renamed = await data(
      bob.rpc("update_function", { function: { id: own.id, name: hidden.name }, expected: 1 }),
    );
    assert.deepEqual([renamed.done, renamed.other, renamed.function.name], [false, true, own.name]);
  });

  it("gives nobody what another's key made", async () => {
    const [key, request] = ["same", "{}"];
    const first = await data(ann.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
    const theirs = await data(bob.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
    assert.deepEqual([theirs.kept, theirs.made.owner], [null, bob.id]);
    const again = await data(ann.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
    assert.deepEqual([again.made, again.kept.function.id], [null, first.made.id], "the twin");
  });

  it("keeps a hash of a request however long, and a hundred keys of a user whatever they call themselves", async () => {
    const eve = await somebody(server);
    const create = (at) => {
      const request = "x".repeat(100_000);
      return data(eve.rpc("create_function", { function: { name: name() }, caller: `c${at}`, key: "k", request }));
    };
    for (let at = 0; at <= 100; at++) {
      const { made } = await create(at);
      await data(eve.from("functions").delete().eq("id", made.id));
    }
    const { rows } = await server.db.query(
      `select count(*)::int as count, max(octet_length(request)) as longest from hashi.idempotency_keys where owner = '${eve.id}'`,
    );
    assert.deepEqual(rows, [{ count: 100, longest: 64 }]);
    assert.ok((await create(100)).kept, "the last");
    assert.ok((await create(0)).made, "the first");
    for (const request of ["a whole body, as stores kept it before ".repeat(9), '{"name":"short"}']) {
      const [caller, key] = [`user:${eve.id}`, `k${request.length}`];
      const moved = { caller, key, request, function: {}, created_at: new Date().toISOString() };
      await data(service.rpc("import_keys", { keys: [moved] }));
      const hashed = createHash("sha256").update(request).digest("hex");
      for (const again of [request, hashed]) {
        const { kept } = await data(
          eve.rpc("create_function", { function: { name: name() }, caller, key, request: again }),
        );
        assert.equal(kept.request, hashed, "one that was moved here");
      }
    }
  });

  it("refuses a token whose session has ended, wherever it is used", async () => {
    const eve = await somebody(server);
    const { id, name: function_name } = await make(eve);
    // Where there are no rows, no policy is asked.
    await upload(service, eve, id);
    const execution = { function_id: id, function_name, revision: 1, caller: eve.id, source: "http", status: "ok" };
    await data(service.from("wasm_executions").insert(execution));
    const late = clientFor(server.url, server.anonKey, { accessToken: async () => eve.token });
    assert.equal((await data(late.from("functions").select().eq("id", id))).length, 1, "the twin");
    await eve.auth.signOut();
    for (const answer of [
      await late.from("functions").select().eq("id", id),
      await late.from("functions").insert({ name: name() }),
      await late.from("wasm_modules").select(),
      await late.from("wasm_executions").select(),
      await late.rpc("create_function", { function: { name: name() } }),
      await late.rpc("update_function", { function: { id, memory_pages: 2 }, expected: 1 }),
      await late.rpc("list_functions"),
      await late.rpc("list_executions"),
      await late.rpc("begin_artifact", { function_id: id, sha256: hash(), size: 1 }),
    ]) {
      assert.deepEqual([answer.status, answer.error?.code], [401, "PT401"]);
    }
    const stolen = withClaims(server, { sub: eve.id, session_id: "' or true --" });
    assert.equal((await stolen.from("functions").select()).status, 401, "a session that is none");
    const mixed = withClaims(server, {
      sub: ann.id,
      session_id: JSON.parse(atob(bob.token.split(".")[1])).session_id,
    });
    assert.equal((await mixed.from("functions").select()).status, 401, "another's session");
  });

  it("takes a deleted user's functions along, and leaves what they made as an admin", async () => {
    const eve = await somebody(server, { role: "admin" });
    const own = await make(eve);
    const { module } = await upload(service, eve, own.id);
    const system = await make(eve, { owner_type: "system" });
    await data(service.auth.admin.deleteUser(eve.id));
    assert.equal(await row(service, own.id), undefined);
    assert.deepEqual(await data(service.from("wasm_modules").select().eq("sha256", module.sha256)), []);
    assert.deepEqual(
      [(await row(service, system.id)).owner, (await row(service, system.id)).owner_type],
      [null, "system"],
    );
  });
}
