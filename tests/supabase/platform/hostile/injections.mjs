/** Every parameter is text, and nothing else. */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { INJECTIONS } from "../../../fixtures/injections.mjs";
import { data, hash, make, name, row, upload } from "../people.mjs";

/** Registers the tests, against what `given` has by then: a server and its people. */
export function injections(given) {
  let server, ann, bob, service;
  before(() => {
    ({ server, ann, bob, service } = given());
  });

  /** A call for each parameter of each function that users may call, in which it says `text`. */
  async function everyParameter(text, id) {
    const { rows } = await server.db.query(
      `select proname, proargnames[1:pronargs] as names, pronargs - pronargdefaults as needed from pg_proc
       where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', oid, 'execute') and pronargs > 0`,
    );
    assert.ok(rows.length >= 10, "the API's functions");
    const right = { function: { id }, function_id: id, expected: 1, version: 1, module: {}, sha256: hash() };
    return rows.flatMap(({ proname, names, needed }) => {
      const args = Object.fromEntries(names.slice(0, needed).map((name) => [name, right[name] ?? null]));
      return names.map((name) => [proname, { ...args, [name]: text }]);
    });
  }

  it("takes every parameter for text and nothing else", async () => {
    const victim = await make(ann);
    await upload(service, ann, victim.id);
    const before = await row(service, victim.id);
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
        ["begin_artifact", { function_id: id, sha256: text, size: 1 }],
        ["add_module", { function_id: id, module: { sha256: text, size: 1, kind: "core" } }],
        ["add_module", { function_id: id, module: { sha256: hash(), size: 1, kind: text } }],
        ["list_executions", { function_name: text }],
        ["list_executions", { caller: text, code: text }],
        ["list_executions", { since: text }],
      ];
      for (const [call, args] of [...calls, ...(await everyParameter(text, id))]) {
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
    assert.deepEqual(await row(service, id), before, "what was attacked is as it was");
    assert.equal((await data(ann.rpc("list_functions", { search: victim.name }))).length, 1, "and can be found");
    const quoted = await make(ann, { entrypoint: "größe '\"; \\ $$ %" });
    assert.equal(quoted.entrypoint, "größe '\"; \\ $$ %", "text with quotes is kept as it is");
  });
}
