/** Bad rows are impossible, whoever writes them. */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { code, hash, make, name } from "../people.mjs";

/** Registers the tests, against what `given` has by then: a server and its people. */
export function constraints(given) {
  let ann, service;
  before(() => {
    ({ ann, service } = given());
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
}
