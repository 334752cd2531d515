/** What only the platform does: history, the sweep, the clock, its own schema. */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { code, data, hash, make } from "../people.mjs";

/** Registers the tests, against what `given` has by then: a server and its people. */
export function history(given) {
  let server, ann, bob, root, nobody, service;
  before(() => {
    ({ server, ann, bob, root, nobody, service } = given());
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
      assert.equal(
        code(await by.from("wasm_executions").update({ result: "mine", result_bytes: 6 }).eq("function_id", id)),
        "42501",
      );
      assert.equal(code(await by.from("wasm_executions").delete().eq("function_id", id)), "42501");
      assert.equal(code(await by.rpc("record_executions", { executions: [execution] })), "42501");
      assert.equal(code(await by.rpc("forget_executions", { days: 0 })), "42501");
      assert.equal(code(await by.rpc("shrink_history", { bytes: 0 })), "42501");
      assert.equal(code(await by.rpc("history_bytes", {})), "42501");
    }
    const left = await data(
      service.from("wasm_executions").select("status, code, owner, owner_type, result").eq("function_id", id),
    );
    assert.deepEqual(left, [{ status: "ok", code: null, owner: ann.id, owner_type: "user", result: null }]);
    const lie = { ...execution, status: "ok", code: "trap" };
    assert.equal(code(await service.from("wasm_executions").insert(lie)), "23514", "a success has no code");
    assert.equal(
      code(await service.from("wasm_executions").insert({ ...execution, status: "failed" })),
      "23514",
      "a failure has one",
    );
  });

  it("counts what is written and deleted by the table, once each", async () => {
    const { id, name: function_name } = await make(ann);
    const bytes = () => data(service.rpc("history_bytes", { function_id: id }));
    const row = { function_id: id, function_name, revision: 1, source: "http", status: "ok" };
    assert.equal(await bytes(), 0);
    await data(service.from("wasm_executions").insert([row, row]));
    const two = await bytes();
    assert.ok(two > 1000, `${two}`);
    await data(
      service
        .from("wasm_executions")
        .update({ logs: ["x".repeat(100)] })
        .eq("function_id", id),
    );
    assert.equal(await bytes(), two + 2 * 102, "a longer log");
    await data(service.from("wasm_executions").delete().eq("function_id", id));
    assert.equal(await bytes(), 0);
  });

  it("waits for no rows that aren't there, whatever was counted of them", async () => {
    const { id, name: function_name } = await make(ann);
    const phantom = "00000000-0000-4000-8000-000000000000";
    await server.db.query("insert into hashi.history_bytes (function_id, bytes) values ($1, 9000000000000)", [phantom]);
    assert.equal(await data(service.rpc("shrink_history", { bytes: 8_000_000_000_000 })), 0);
    assert.equal(await data(service.rpc("history_bytes", { function_id: phantom })), 0);
    const row = { function_id: id, function_name, revision: 1, source: "http", status: "ok" };
    await data(service.from("wasm_executions").insert(row));
    await server.db.query("truncate public.wasm_executions");
    assert.equal(await data(service.rpc("history_bytes", {})), 0);
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
      { result_bytes: -1 },
      { result_bytes: 4097, result: "x" },
      { result: "of no size" },
      { result_bytes: 9, result: "x".repeat(12_288) },
      { status: "failed", code: "trap", result_bytes: 3, result: "x" },
      { result_bytes: 4097 },
      { result_bytes: 4096, result: "é".repeat(2047) },
      {},
      { caller: "another issuer's" },
    ].map((change) => ({ ...right, id: crypto.randomUUID(), ...change }));
    const listed = async () =>
      (await data(service.from("wasm_executions").select("id").eq("function_id", id))).map((row) => row.id).sort();
    const wanted = executions.slice(-4).map((execution) => execution.id);
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
        ["left_staged", { seconds: 0 }],
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
}
