/** Calls that go round the Worker to take what isn't theirs: each is refused, and its honest twin isn't. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor } from "../fixtures/server.mjs";
import { backends } from "./backends.mjs";
import { data, hash, name, people, signIn, withClaims } from "./people.mjs";

// What has broken out of one quoting or another.
const INJECTIONS = [
  "' or 1=1 --",
  "'; drop table public.functions; --",
  '" or ""="',
  "\\'; select 1; --",
  "$$; drop table public.functions; $$",
  "%",
  "_",
  "*",
  "a,owner.eq.x",
  "(select name from functions limit 1)",
  "eq.x",
  "null",
  "{}",
  ")",
  "\u0000",
  "\ud800",
  "x".repeat(10_000),
];

for (const { name: backend, skip, start } of backends) {
  describe(`hostile calls on ${backend}`, { skip }, () => {
    let server;
    let ann;
    let bob;
    let root;
    let nobody;
    let service;
    before(async () => {
      server = await start();
      ({ ann, bob, root, nobody, service } = await people(server));
    });
    after(() => server?.close());

    const make = async (by, settings = {}) =>
      (await data(by.rpc("create_function", { function: { name: name(), ...settings } }))).made;
    const upload = (by, function_id, sha256 = hash()) =>
      data(by.rpc("add_module", { function_id, module: { sha256, size: 5, kind: "core" } }));
    const row = async (id) => (await data(service.from("functions").select().eq("id", id)))[0];
    const code = ({ error }) => error?.code;

    it("lets nobody change what is for ever, not even the service role", async () => {
      const { id } = await make(ann);
      const before = await row(id);
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
      assert.deepEqual(await row(id), before);
      assert.equal(code(await service.from("functions").update({ owner_type: "system" }).eq("id", id)), "42501");
      assert.equal(code(await service.from("functions").update({ owner: bob.id }).eq("id", id)), "42501");
      await data(service.from("functions").update({ revision: 99, created_at: "2020-01-01" }).eq("id", id));
      assert.deepEqual(await row(id), before, "the counters are the database's");
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

    it("keeps a module to its function, its bytes and its owner type", async () => {
      const [mine, theirs] = [await make(ann), await make(bob)];
      const { module } = await upload(ann, mine.id);
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
      const planted = { function_id: mine.id, sha256: hash(), size: 1, kind: "core" };
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
      const [sha256, bundle] = [hash(), hash()];
      const module = { sha256, size: 1, kind: "core", prepared: { prepare: 1, bundle, exports: [] } };
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
      await upload(ann, mine.id);
      assert.equal(code(await ann.from("functions").update({ active_version: 2 }).eq("id", mine.id)), "23503");
      assert.equal(code(await ann.from("wasm_modules").delete().eq("function_id", mine.id)), "23503");
      assert.equal((await row(mine.id)).active_version, 1);
      assert.equal((await ann.from("functions").update({ active_version: null }).eq("id", mine.id)).error, null);
      assert.equal(
        (await data(ann.from("wasm_modules").delete().eq("function_id", mine.id).select())).length,
        1,
        "the twin",
      );
    });

    it("lets nobody write history", async () => {
      const { id, name: function_name } = await make(ann);
      const execution = { function_id: id, function_name, revision: 1, caller: ann.id, source: "http", status: "ok" };
      await data(service.from("wasm_executions").insert(execution));
      for (const by of [ann, bob, root, nobody]) {
        assert.equal(code(await by.from("wasm_executions").insert(execution)), "42501");
        assert.equal(
          code(await by.from("wasm_executions").update({ code: "x", status: "failed" }).eq("function_id", id)),
          "42501",
        );
        assert.equal(code(await by.from("wasm_executions").delete().eq("function_id", id)), "42501");
        assert.equal(code(await by.rpc("record_executions", { executions: [execution] })), "42501");
        assert.equal(code(await by.rpc("forget_executions", { days: 0 })), "42501");
      }
      const left = await data(
        service.from("wasm_executions").select("status, code, owner, owner_type").eq("function_id", id),
      );
      assert.deepEqual(left, [{ status: "ok", code: null, owner: ann.id, owner_type: "user" }]);
      const lie = { ...execution, status: "ok", code: "trap" };
      assert.equal(code(await service.from("wasm_executions").insert(lie)), "23514", "a success has no code");
      assert.equal(
        code(await service.from("wasm_executions").insert({ ...execution, status: "failed" })),
        "23514",
        "a failure has one",
      );
    });

    it("leaves out of history what the table refuses, and nothing else", async () => {
      const { id, name: function_name } = await make(ann);
      const started_at = new Date().toISOString();
      const right = {
        function_id: id,
        function_name,
        revision: 1,
        source: "http",
        status: "ok",
        started_at,
        duration_ms: 1,
      };
      const executions = [
        { duration_ms: null },
        { duration_ms: -1 },
        { http_status: 99 },
        { status: "ok", code: "trap" },
        { started_at: "then" },
        { fuel: "much" },
        {},
        { caller: "another issuer's" },
      ].map((change) => ({ ...right, id: crypto.randomUUID(), ...change }));
      const listed = async () =>
        (await data(service.from("wasm_executions").select("id").eq("function_id", id))).map((row) => row.id).sort();
      const wanted = executions.slice(-2).map((execution) => execution.id);
      for (const time of ["once", "again"]) {
        await data(service.rpc("record_executions", { executions }));
        assert.deepEqual(await listed(), wanted.sort(), time);
      }
    });

    it("leaves the sweep and the clock to the service role", async () => {
      for (const by of [ann, root, nobody]) {
        for (const [call, args] of [
          ["collect_artifacts", { seconds: 0 }],
          ["collected_artifact", { sha256: hash() }],
          ["forget_keys", { seconds: 0 }],
          ["left_objects", { seconds: 0 }],
          ["objects_of_hash", { sha256: hash() }],
          ["scheduled_functions", {}],
          ["claim_ticks", { claims: [] }],
          ["resolve_function", { name: "x" }],
          ["import_keys", { keys: [] }],
          ["count_platform", {}],
        ]) {
          assert.equal(code(await by.rpc(call, args)), "42501", call);
          assert.equal((await service.rpc(call, args)).error, null, `${call}, the twin`);
        }
      }
    });

    it("exposes nothing of the schema hashi", async () => {
      for (const by of [ann, service]) {
        assert.equal(code(await by.schema("hashi").from("artifacts").select()), "PGRST106");
        assert.equal(code(await by.rpc("lock_quota", { owner: ann.id })), "PGRST202");
        assert.equal(code(await by.from("idempotency_keys").select()), "PGRST205");
      }
    });

    it("gives nobody what another's key made", async () => {
      const [key, request] = ["same", "{}"];
      const first = await data(ann.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
      const theirs = await data(bob.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
      assert.deepEqual([theirs.kept, theirs.made.owner], [null, bob.id]);
      const again = await data(ann.rpc("create_function", { function: { name: name() }, caller: "c", key, request }));
      assert.deepEqual([again.made, again.kept.function.id], [null, first.made.id], "the twin");
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

    it("keeps users within the project's quota, also past the Worker", async () => {
      const credentials = { email: `${name()}@example.org`, password: "correct horse" };
      await data(service.auth.admin.createUser({ ...credentials, email_confirm: true }));
      const eve = await signIn(server, credentials);
      await server.db.exec("update hashi.quota set functions = 3, bytes = 100");
      try {
        for (let at = 0; at < 3; at++) await data(eve.from("functions").insert({ name: name() }));
        assert.equal(code(await eve.from("functions").insert({ name: name() })), "PT403");
        const told = await data(eve.rpc("create_function", { function: { name: name() }, most: 1000 }));
        assert.deepEqual(told, { made: null, kept: null, taken: false });
        const [{ id }] = await data(eve.from("functions").select("id").eq("owner", eve.id).limit(1));
        const module = (size) => ({ function_id: id, sha256: hash(), size, kind: "core" });
        assert.equal(code(await eve.from("wasm_modules").insert(module(101))), "PT403");
        assert.equal((await eve.from("wasm_modules").insert(module(100))).error, null, "the twin");
        assert.equal(code(await eve.from("wasm_modules").insert(module(1))), "PT403");
        assert.equal(
          (await root.from("functions").insert({ name: name(), owner_type: "system" })).error,
          null,
          "nobody's quota",
        );
      } finally {
        await server.db.exec("update hashi.quota set functions = 100, bytes = 268435456");
      }
    });

    it("refuses a token whose session has ended, wherever it is used", async () => {
      const credentials = { email: `${name()}@example.org`, password: "correct horse" };
      await data(service.auth.admin.createUser({ ...credentials, email_confirm: true }));
      const eve = await signIn(server, credentials);
      const { id } = await make(eve);
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
        await late.rpc("begin_artifact", { sha256: hash() }),
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
      const credentials = { email: `${name()}@example.org`, password: "correct horse" };
      const { user } = await data(
        service.auth.admin.createUser({ ...credentials, email_confirm: true, app_metadata: { role: "admin" } }),
      );
      const eve = await signIn(server, credentials);
      const own = await make(eve);
      const { module } = await upload(eve, own.id);
      const system = await make(eve, { owner_type: "system" });
      await data(service.auth.admin.deleteUser(user.id));
      assert.equal(await row(own.id), undefined);
      assert.deepEqual(await data(service.from("wasm_modules").select().eq("sha256", module.sha256)), []);
      assert.deepEqual([(await row(system.id)).owner, (await row(system.id)).owner_type], [null, "system"]);
    });

    it("takes every parameter for text and nothing else", async () => {
      const victim = await make(ann);
      await upload(ann, victim.id);
      const before = await row(victim.id);
      const id = victim.id;
      for (const text of INJECTIONS) {
        const calls = [
          ["find_function", { name: text }],
          ["find_function", { id: text }],
          ["list_functions", { search: text }],
          ["list_functions", { owner: text }],
          ["list_functions", { owner_type: text }],
          ["list_functions", { after: text, most: 5 }],
          ["create_function", { function: { name: text } }],
          ["create_function", { function: { name: name(), entrypoint: "go", cron: text } }],
          ["create_function", { function: { name: name(), permissions: text } }],
          ["create_function", { function: text }],
          ["update_function", { function: { id, name: text }, expected: before.revision }],
          ["delete_function", { function_id: text, expected: 1 }],
          ["begin_artifact", { sha256: text }],
          ["add_module", { function_id: id, module: { sha256: text, size: 1, kind: "core" } }],
          ["add_module", { function_id: id, module: { sha256: hash(), size: 1, kind: text } }],
          ["list_executions", { function_name: text }],
          ["list_executions", { caller: text, code: text }],
          ["list_executions", { since: text }],
        ];
        for (const [call, args] of calls) {
          const { data: rows, error } = await bob.rpc(call, args);
          const said = `${call} ${JSON.stringify(args).slice(0, 80)}`;
          // A syntax error would mean that the text had become code.
          assert.notEqual(error?.code, "42601", said);
          assert.ok(!JSON.stringify(rows ?? "").includes(id), `${said} gave ann's function to bob`);
        }
        for (const column of ["name", "owner", "visibility", "trigger"]) {
          for (const query of [
            bob.from("functions").select("id").eq(column, text),
            bob.from("functions").select("id").ilike(column, text),
            bob.from("functions").select("id").in(column, [text]),
            bob.from("functions").select("id").or(`${column}.eq.${text},visibility.eq.private`),
          ]) {
            const { data: rows, error } = await query;
            assert.notEqual(error?.code, "42601", `${column} ${text.slice(0, 40)}`);
            assert.ok(
              !JSON.stringify(rows ?? "").includes(id),
              `${column} ${text.slice(0, 40)} gave ann's function to bob`,
            );
          }
        }
        const { data: rows } = await bob.from("functions").select(text);
        assert.ok(!JSON.stringify(rows ?? "").includes(victim.name), `select ${text}`);
        await bob.from("functions").select().order(text);
        await bob.from(text).select();
        await bob.rpc(text);
      }
      assert.deepEqual(await row(id), before, "what was attacked is as it was");
      assert.equal((await data(ann.rpc("list_functions", { search: victim.name }))).length, 1, "and can be found");
      const quoted = await make(ann, { entrypoint: "größe '\"; \\ $$ %" });
      assert.equal(quoted.entrypoint, "größe '\"; \\ $$ %", "text with quotes is kept as it is");
    });

    it("makes a bad row impossible, even for the service role", async () => {
      const right = { name: name(), owner_type: "user", owner: ann.id };
      for (const wrong of [
        { name: "Upper" },
        { name: "-a" },
        { name: "a".repeat(64) },
        { name: crypto.randomUUID() },
        { owner: null },
        { entrypoint: "" },
        { entrypoint: "a\nb" },
        { memory_pages: 0 },
        { memory_pages: 1025 },
        { max_execution_ms: 30_001 },
        { max_fuel: 0 },
        { visibility: "open" },
        { trigger: "all" },
        { cron: "* * * *" },
        { permissions: [] },
        { runtime: "js" },
      ]) {
        assert.equal(
          code(await service.from("functions").insert({ ...right, name: name(), ...wrong })),
          "23514",
          JSON.stringify(wrong),
        );
      }
      const { id } = await make(ann);
      const module = { function_id: id, sha256: hash(), size: 1, kind: "core" };
      for (const wrong of [
        { sha256: "abc" },
        { size: -1 },
        { size: 10_485_761 },
        { kind: "js" },
        { prepared: [] },
        { version: 0 },
      ]) {
        assert.equal(
          code(await service.from("wasm_modules").insert({ ...module, ...wrong })),
          "23514",
          JSON.stringify(wrong),
        );
      }
      assert.equal((await service.from("functions").insert(right)).error, null, "the twin");
      assert.equal((await service.from("wasm_modules").insert(module)).error, null, "the twin");
      assert.equal(code(await service.from("wasm_modules").insert(module)), "23505", "the same bytes again");
    });
  });
}
