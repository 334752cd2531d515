/** The access table, cell by cell, by supabase-js straight at the database: what the Worker refuses, the database refuses by itself. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { everywhere } from "./backends.mjs";
import { data, hash, make, name, people, stored, upload } from "./people.mjs";

const WHO = ["nobody", "bob", "ann", "root"];
const NO = false;
const YES = true;

// Owner type, visibility; who may read (and execute what they read); who may change and delete. In the order of WHO; ann is the owner.
const CELLS = [
  ["system", "private", [NO, YES, YES, YES], [NO, NO, NO, YES]],
  ["system", "public", [NO, YES, YES, YES], [NO, NO, NO, YES]],
  ["admin", "private", [NO, NO, NO, YES], [NO, NO, NO, YES]],
  ["admin", "public", [NO, NO, NO, YES], [NO, NO, NO, YES]],
  ["user", "private", [NO, NO, YES, NO], [NO, NO, YES, NO]],
  ["user", "public", [YES, YES, YES, YES], [NO, NO, YES, NO]],
];
const CREATE = [
  ["system", [NO, NO, NO, YES]],
  ["admin", [NO, NO, NO, YES]],
  ["user", [NO, YES, YES, YES]],
];

for (const { name: backend, skip, start } of everywhere) {
  describe(`the access table on ${backend}`, { skip }, () => {
    let server;
    let who;
    before(async () => {
      server = await start();
      who = await people(server);
    });
    after(() => server?.close());

    /** A function with a module that is active and one that isn't, made by who may. */
    async function made(owner_type, visibility) {
      const maker = owner_type === "user" ? who.ann : who.root;
      const { id } = await make(maker, { owner_type, visibility });
      await upload(who.service, maker, id);
      return (await upload(who.service, maker, id, { activate: false })).function;
    }
    const current = async (id) => (await data(who.service.from("functions").select().eq("id", id)))[0];

    for (const [owner_type, may] of CREATE) {
      for (const [at, caller] of WHO.entries()) {
        it(`create ${owner_type} by ${caller}: ${may[at] ? "yes" : "no"}`, async () => {
          const [byTable, byCall] = [name(), name()];
          const inserted = await who[caller].from("functions").insert({ name: byTable, owner_type });
          const called = await who[caller].rpc("create_function", { function: { name: byCall, owner_type } });
          const there = await data(
            who.service.from("functions").select("name, owner_type, owner").in("name", [byTable, byCall]),
          );
          if (may[at]) {
            assert.deepEqual([inserted.error, called.error], [null, null]);
            const wanted = [byTable, byCall].sort().map((name) => ({ name, owner_type, owner: who[caller].id }));
            assert.deepEqual(
              there.sort((one, other) => (one.name < other.name ? -1 : 1)),
              wanted,
            );
          } else {
            assert.deepEqual([inserted.error?.code, called.error?.code, there], ["42501", "42501", []]);
          }
        });
      }
    }

    for (const [owner_type, visibility, see, change] of CELLS) {
      for (const [at, caller] of WHO.entries()) {
        const cell = `${owner_type} ${visibility} by ${caller}`;

        it(`read ${cell}: ${see[at] ? "yes" : "no"}`, async () => {
          const { id, name } = await made(owner_type, visibility);
          const db = who[caller];
          const wanted = see[at] ? 1 : 0;
          assert.equal((await data(db.from("functions").select().eq("id", id))).length, wanted, "the table");
          assert.equal((await data(db.rpc("find_function", { id }))).length, wanted, "by id");
          assert.equal((await data(db.rpc("find_function", { name }))).length, wanted, "by name");
          assert.equal((await data(db.rpc("list_functions", { search: name }))).length, wanted, "the list");
          assert.equal(
            (await data(db.from("wasm_modules").select().eq("function_id", id))).length,
            wanted * 2,
            "modules",
          );
          assert.equal(
            (await data(db.rpc("list_modules", { function_id: id }))).length,
            wanted * 2,
            "the list of modules",
          );
          assert.equal((await data(db.rpc("find_module", { function_id: id, version: 1 }))).length, wanted, "a module");
          assert.equal(
            (
              await data(
                db.from("functions").select("wasm_modules!wasm_modules_function_id_fkey(version)").eq("id", id),
              )
            ).length,
            wanted,
            "embedded",
          );
        });

        it(`update ${cell}: ${change[at] ? "yes" : "no"}`, async () => {
          const before = await made(owner_type, visibility);
          const { id } = before;
          const db = who[caller];
          const expected = before.revision;
          const [module, another] = [await stored(who.service, id), await stored(who.service, id)];
          if (change[at]) {
            const updated = await data(db.from("functions").update({ memory_pages: 7 }).eq("id", id).select());
            assert.deepEqual([updated.length, updated[0].revision], [1, expected + 1], "the table");
            const called = await data(
              db.rpc("update_function", { function: { id, memory_pages: 8 }, expected: expected + 1 }),
            );
            assert.deepEqual([called.done, called.function.memory_pages], [true, 8], "the call");
            const activated = await data(
              db.rpc("activate_version", { function_id: id, version: 2, expected: expected + 2 }),
            );
            assert.deepEqual([activated.done, activated.function.active_version], [true, 2], "activation");
            const added = await data(db.rpc("add_module", { function_id: id, module }));
            assert.deepEqual([added.module.version, added.function.active_version], [3, 3], "an upload");
            const inserted = await db
              .from("wasm_modules")
              .insert({ ...another, function_id: id })
              .select();
            assert.deepEqual(
              [inserted.error, inserted.data[0].version, inserted.data[0].owner_type],
              [null, 4, owner_type],
              "a module",
            );
            const changed = await data(
              db.from("wasm_modules").update({ kind: "component" }).eq("function_id", id).eq("version", 4).select(),
            );
            assert.deepEqual([changed.length, changed[0].kind], [1, "component"], "a change of a module");
            const removed = await data(
              db.from("wasm_modules").delete().eq("function_id", id).eq("version", 4).select(),
            );
            assert.equal(removed.length, 1, "a module less");
          } else {
            const updated = await db.from("functions").update({ memory_pages: 7 }).eq("id", id).select();
            assert.deepEqual(updated.data ?? [], [], "the table");
            // Who sees it hears that they may not; who doesn't hears that it isn't there.
            const refused = ({ data, error }, nothing) => {
              if (caller === "nobody" || see[at]) assert.equal(error?.code, "42501", JSON.stringify(data));
              else assert.deepEqual(data, nothing);
            };
            const gone = { done: false, function: null };
            refused(await db.rpc("update_function", { function: { id, memory_pages: 8 }, expected }), {
              ...gone,
              other: false,
            });
            refused(await db.rpc("activate_version", { function_id: id, version: 2, expected }), {
              ...gone,
              module: null,
            });
            refused(await db.rpc("add_module", { function_id: id, module }), { ...gone, module: null });
            refused(await db.rpc("begin_artifact", { function_id: id, sha256: hash(), size: 1 }), "gone");
            const inserted = await db.from("wasm_modules").insert({ ...another, function_id: id });
            assert.equal(inserted.error?.code, "42501", "a module");
            assert.deepEqual(
              (await db.from("wasm_modules").update({ kind: "component" }).eq("function_id", id).select()).data ?? [],
              [],
            );
            assert.deepEqual((await db.from("wasm_modules").delete().eq("function_id", id).select()).data ?? [], []);
            const now = await current(id);
            assert.deepEqual(
              [now.memory_pages, now.revision, now.active_version],
              [256, expected, 1],
              "nothing changed",
            );
            const modules = await data(who.service.from("wasm_modules").select("kind").eq("function_id", id));
            assert.deepEqual(modules, [{ kind: "core" }, { kind: "core" }], "no module changed");
          }
        });

        it(`delete ${cell}: ${change[at] ? "yes" : "no"}`, async () => {
          const db = who[caller];
          const [first, second] = [await made(owner_type, visibility), await made(owner_type, visibility)];
          const deleted = await db.from("functions").delete().eq("id", first.id).select();
          const called = await db.rpc("delete_function", { function_id: second.id, expected: second.revision });
          const left = await data(who.service.from("functions").select("id").in("id", [first.id, second.id]));
          const modules = await data(
            who.service.from("wasm_modules").select("version").in("function_id", [first.id, second.id]),
          );
          if (change[at]) {
            assert.deepEqual(
              [deleted.data.length, called.data, left, modules],
              [1, { done: true, there: true }, [], []],
            );
          } else {
            assert.deepEqual([deleted.data ?? [], left.length, modules.length], [[], 2, 4]);
            if (caller === "nobody" || see[at]) assert.equal(called.error?.code, "42501");
            else assert.deepEqual(called.data, { done: false, there: false });
          }
        });
      }

      it(`history of ${owner_type} ${visibility}`, async () => {
        const { id, name, revision } = await made(owner_type, visibility);
        const row = (caller) => ({
          id: crypto.randomUUID(),
          function_id: id,
          function_name: name,
          version: 1,
          revision,
          caller,
          source: "executor",
          status: "ok",
          started_at: new Date().toISOString(),
          duration_ms: 1.5,
          result_bytes: 11,
          result: { sum: [57] },
        });
        const [bobs, nobodys] = [row(who.bob.id), row(null)];
        await data(who.service.rpc("record_executions", { executions: [bobs, nobodys] }));
        const owner = owner_type === "user" ? "ann" : "root";
        for (const caller of ["bob", "ann", "root"]) {
          const wanted = caller === owner ? [bobs.id, nobodys.id] : caller === "bob" ? [bobs.id] : [];
          const ids = (rows) => rows.map(({ id }) => id).sort();
          const rows = await data(who[caller].from("wasm_executions").select().eq("function_id", id));
          assert.deepEqual(ids(rows), wanted.sort(), caller);
          const listed = await data(who[caller].rpc("list_executions", { function_id: id }));
          for (const { result, result_bytes } of [...rows, ...listed])
            assert.deepEqual([result, result_bytes], [{ sum: [57] }, 11], `${caller} reads what was returned`);
          assert.deepEqual(ids(listed), wanted, caller);
          assert.deepEqual(
            ids(await data(who[caller].rpc("list_executions", { function_name: name }))),
            wanted,
            caller,
          );
          const all = ids(await data(who[caller].rpc("list_executions")));
          for (const one of [bobs.id, nobodys.id])
            assert.equal(all.includes(one), wanted.includes(one), `${caller} lists all`);
        }
        assert.equal((await who.nobody.from("wasm_executions").select()).error?.code, "42501");
        assert.equal((await who.nobody.rpc("list_executions")).error?.code, "42501");
        // What a deleted function left is its callers' alone.
        await data(who.service.from("functions").delete().eq("id", id));
        const left = async (db) =>
          (await data(db.from("wasm_executions").select("id").eq("function_id", id))).map(({ id }) => id);
        assert.deepEqual([await left(who[owner]), await left(who.bob)], [[], [bobs.id]]);
      });

      it(`what ${owner_type} ${visibility} logged over HTTP`, async () => {
        const { id, name, revision } = await made(owner_type, visibility);
        const logs = [{ level: "info", message: "the owner's alone" }];
        const row = (caller, source) => ({
          id: crypto.randomUUID(),
          function_id: id,
          function_name: name,
          version: 1,
          revision,
          caller: who[caller].id,
          source,
          status: "ok",
          started_at: new Date().toISOString(),
          duration_ms: 1.5,
          logs,
        });
        const owner = owner_type === "user" ? "ann" : "root";
        const callers = ["bob", "ann", "root"];
        for (const source of ["http", "executor"]) {
          const executions = callers.map((caller) => row(caller, source));
          await data(who.service.rpc("record_executions", { executions }));
          for (const [at, caller] of callers.entries()) {
            const mine = ({ id }) => id === executions[at].id;
            const told = caller === owner || source === "executor";
            for (const which of [{ function_id: id }, { function_name: name }, {}]) {
              const listed = (await data(who[caller].rpc("list_executions", which))).filter(mine);
              assert.deepEqual(
                listed.map((one) => [one.logs, one.source]),
                [[told ? logs : null, source]],
                `${caller} lists it once`,
              );
            }
            // A row of the table is shown whole or not at all.
            for (const columns of ["id, logs", "id"]) {
              const read = await data(who[caller].from("wasm_executions").select(columns).eq("function_id", id));
              assert.equal(read.filter(mine).length, told ? 1 : 0, `${caller} reads ${columns}`);
            }
          }
          for (const listed of [
            await data(who[owner].rpc("list_executions", { function_id: id })),
            await data(who[owner].from("wasm_executions").select().eq("function_id", id)),
          ])
            for (const one of listed) assert.deepEqual(one.logs, logs, "the owner has every log");
        }
      });
    }

    it("has row security on every table of the platform, and a policy or no grant for each operation", async () => {
      const { rows } = await server.db.query(
        `select n.nspname || '.' || c.relname as name, c.relrowsecurity as secured from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and (n.nspname = 'hashi' or (n.nspname = 'public' and c.relname <> 'earthquake')) order by 1`,
      );
      const own = ["artifacts", "cron_ticks", "history_bytes", "idempotency_keys", "left_modules", "quota"].map(
        (name) => `hashi.${name}`,
      );
      const all = [...own, "public.functions", "public.wasm_executions", "public.wasm_modules"];
      assert.deepEqual(
        rows,
        all.map((name) => ({ name, secured: true })),
      );
    });
  });
}
