/** A million rows: the lists use the indexes that they were given. What is asserted is the plan; times are printed, never judged. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { MIGRATIONS } from "../fixtures/server.mjs";
import { findPostgres, startPostgres } from "../server/postgres.mjs";
import { startSupabase } from "../server/start.mjs";
import { fill } from "./million.mjs";

const absent =
  "PostgreSQL is not installed here, so no plan was looked at; Debian, Ubuntu: sudo apt-get install postgresql";
const skip = findPostgres() ? false : absent;
if (skip) console.error(`\n!!! ${skip}\n`);

describe("the plans of a million rows", { skip }, () => {
  let postgres;
  let server;
  let people;
  const shown = [];
  before(async () => {
    postgres = await startPostgres();
    server = await startSupabase({ migrations: [MIGRATIONS], postgres });
    people = await fill(server.db);
  });
  after(async () => {
    // For whoever writes docs/supabase.md.
    if (process.env.PLANS) writeFileSync(process.env.PLANS, shown.join("\n"));
    await server?.close();
    await postgres?.stop();
  });

  /** Explains what a caller's call runs inside: auto_explain would need a setting of the server, so the inner statements are planned here. */
  async function plan(what, { sub, admin = false, role = "authenticated" }, statement) {
    const claims = JSON.stringify({ sub, role, app_metadata: admin ? { role: "admin" } : {} });
    return server.db.transaction(async (connection) => {
      await connection.query("select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)", [
        claims,
        role,
      ]);
      await connection.query(statement);
      const explained = await connection.query(
        `explain (analyze, costs off, buffers, timing off, summary on) ${statement}`,
      );
      const lines = explained.rows.map((row) => row["QUERY PLAN"]);
      const text = lines.join("\n");
      const ms = /Execution Time: ([\d.]+) ms/.exec(text)[1];
      console.log(`${what}: ${ms} ms`);
      shown.push(`${what}\n\n${text}\n`);
      return text;
    });
  }
  const uses = (text, ...indexes) => {
    for (const index of indexes) assert.match(text, new RegExp(`using ${index}\\b`), `${index} is not used:\n${text}`);
    assert.doesNotMatch(text, /Seq Scan on (functions|wasm_modules|wasm_executions)/, text);
    const removed = [...text.matchAll(/Rows Removed by (?:Filter|Index Recheck): (\d+)/g)].map(([, count]) =>
      Number(count),
    );
    assert.ok(
      removed.every((count) => count < 1000),
      `rows are read in vain:\n${text}`,
    );
  };

  it("lists a user's own functions", async () => {
    uses(
      await plan(
        "A user's own functions, the first page",
        people.owner,
        `select * from public.functions where owner_type = 'user' and owner = '${people.owner.sub}' and name > '' order by name limit 50`,
      ),
      "functions_owner",
    );
  });

  it("lists public functions from the middle", async () => {
    uses(
      await plan(
        "Public functions, a page from the middle",
        people.owner,
        "select * from public.functions where owner_type = 'user' and visibility = 'public' and name > 'f-0500000' order by name limit 50",
      ),
      "functions_public",
    );
    uses(
      await plan(
        "The same for nobody who is signed in",
        { role: "anon" },
        "select * from public.functions where owner_type = 'user' and visibility = 'public' and name > 'f-0500000' order by name limit 50",
      ),
      "functions_public",
    );
  });

  it("lists the system's functions, and the admins' for an admin", async () => {
    for (const owner_type of ["system", "admin"]) {
      uses(
        await plan(
          `Functions of owner type ${owner_type}`,
          people.admin,
          `select * from public.functions where owner_type = '${owner_type}' and name > '' order by name limit 50`,
        ),
        `functions_${owner_type}`,
      );
    }
  });

  it("finds one function, and its modules", async () => {
    uses(
      await plan("One function by name", people.owner, `select * from public.functions where name = '${people.name}'`),
      "functions_name_key",
    );
    uses(
      await plan(
        "A function's modules, the newest first",
        people.owner,
        `select * from public.wasm_modules where function_id = '${people.function}' order by version desc limit 50`,
      ),
      "wasm_modules_pkey",
    );
  });

  it("lists modules by owner type and status", async () => {
    const text = await plan(
      "The system's modules that are not prepared yet",
      people.admin,
      "select * from public.wasm_modules where owner_type = 'system' and status = 'pending' limit 50",
    );
    assert.match(text, /idx_wasm_modules_owner_type_status/, text);
  });

  it("lists history by function, by caller and by owner", async () => {
    uses(
      await plan(
        "A function's history, a page from the middle",
        people.owner,
        `select * from public.wasm_executions where function_id = '${people.busy}' and (started_at, id) < ('${people.middle}', '${people.function}')
         order by started_at desc, id desc limit 50`,
      ),
      "wasm_executions_function",
    );
    uses(
      await plan(
        "What a user called",
        people.caller,
        `select * from public.wasm_executions where caller = '${people.caller.sub}' order by started_at desc, id desc limit 50`,
      ),
      "wasm_executions_caller",
    );
    uses(
      await plan(
        "What was called of a user's functions",
        people.owner,
        `select * from public.wasm_executions where owner_type = 'user' and owner = '${people.owner.sub}' order by started_at desc, id desc limit 50`,
      ),
      "wasm_executions_owner",
    );
    uses(
      await plan(
        "What was called of the system's functions",
        people.admin,
        "select * from public.wasm_executions where owner_type = 'system' order by started_at desc, id desc limit 50",
      ),
      "wasm_executions_system",
    );
  });

  it("answers the API's own lists from a page's worth of buffers", async () => {
    for (const [what, who, call] of [
      ["list_functions() of a user with three functions", people.owner, "list_functions()"],
      ["list_functions() of nobody", { role: "anon" }, "list_functions(after => 'f-0500000')"],
      ["list_functions() of an admin", people.admin, "list_functions()"],
      ["list_executions() of a caller", people.caller, "list_executions()"],
      ["list_executions() of an owner", people.owner, "list_executions()"],
      ["list_executions() of an admin", people.admin, "list_executions()"],
      ["list_executions() of a busy function", people.owner, `list_executions(function_id => '${people.busy}')`],
      [
        "list_executions() of a busy function, by name",
        people.owner,
        `list_executions(function_name => '${people.name}')`,
      ],
      [
        "list_executions() of another's busy function",
        people.caller,
        `list_executions(function_id => '${people.busy}')`,
      ],
      ["the same by name", people.caller, `list_executions(function_name => '${people.name}')`],
      [
        "list_executions() of another's busy function by somebody with none",
        people.stranger,
        `list_executions(function_id => '${people.busy}')`,
      ],
      ["list_executions() of somebody with none", people.stranger, "list_executions()"],
      ["list_modules()", people.owner, `list_modules('${people.function}')`],
    ]) {
      const text = await plan(what, who, `select * from public.${call}`);
      const [, hit = 0, read = 0] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(text) ?? [];
      const pages = Number(hit) + Number(read);
      // A scan of either table would touch ten thousands of them.
      assert.ok(pages < 2000, `${what} touched ${pages} pages:\n${text}`);
    }
  });

  it("asks who calls once for a statement, not once for a row", async () => {
    const text = await plan(
      "A policy's questions",
      people.owner,
      "select count(*) from (select * from public.functions limit 1000) as f",
    );
    const loops = [...text.matchAll(/InitPlan[^\n]*\n\s*->\s*Result[^\n]*loops=(\d+)/g)].map(([, count]) =>
      Number(count),
    );
    assert.ok(loops.length > 0, text);
    assert.ok(
      loops.every((count) => count <= 1),
      text,
    );
  });
});
