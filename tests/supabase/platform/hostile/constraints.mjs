/** Bad rows are impossible, whoever writes them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { code, hash, make, name } from "../people.mjs";

// What the Worker's own parsers take and refuse, which its native tests read as well.
const settings = JSON.parse(readFileSync(new URL("../../../fixtures/settings.json", import.meta.url), "utf8"));

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

  it("takes such permissions and schedules as the Worker can read, and no others", async () => {
    const hosts = (count) => ({ allowed_http_hosts: Array.from({ length: count }, (_, at) => `h${at}.example`) });
    const { id } = await make(ann);
    const change = (by, change) => by.from("functions").update(change).eq("id", id).select("permissions, cron");
    for (const [column, { taken, refused }] of [
      ["permissions", settings.permissions],
      ["permissions", { taken: [hosts(64)], refused: [hosts(65)] }],
      ["cron", { taken: [null, ...settings.cron.taken], refused: settings.cron.refused }],
    ]) {
      for (const value of taken) {
        const { data: rows, error } = await change(ann, { [column]: value });
        assert.deepEqual([error, rows?.[0][column]], [null, value], JSON.stringify(value));
      }
      const last = taken.at(-1);
      for (const value of refused) {
        for (const by of [ann, service])
          assert.equal(code(await change(by, { [column]: value })), "23514", JSON.stringify(value));
        const made = await ann.from("functions").insert({ name: name(), [column]: value });
        assert.equal(code(made), "23514", JSON.stringify(value));
      }
      const { data: rows } = await ann.from("functions").select(column).eq("id", id);
      assert.deepEqual(rows[0][column], last, "as before");
    }
  });

  it("takes of prepare what the Worker can read, and nothing else", async () => {
    const { id } = await make(ann);
    const module = { function_id: id, sha256: hash(), size: 1, kind: "core" };
    const { taken, refused } = settings.prepared;
    for (const wrong of refused) {
      const prepared = Object.keys(wrong).length === 0 ? wrong : { ...taken[0], ...wrong };
      assert.equal(
        code(await service.from("wasm_modules").insert({ ...module, prepared })),
        "23514",
        JSON.stringify(wrong),
      );
    }
    for (const prepared of taken) {
      const made = await service.from("wasm_modules").insert({ ...module, sha256: hash(), prepared });
      assert.equal(made.error, null, JSON.stringify(prepared));
    }
  });
}
