/** Calling functions through supabase-js: arguments, results, overloads, and what a function says about its answer. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { send, startFixture } from "./fixtures/server.mjs";

describe("calling functions", () => {
  let server;
  let db;
  before(async () => {
    server = await startFixture();
    db = server.anon;
  });
  after(() => server?.close());

  const value = async (call) => {
    const { data, error } = await call;
    assert.equal(error, null, error?.message);
    return data;
  };

  it("returns scalars, sets, rows, records and nothing", async () => {
    assert.deepEqual(await value(db.rpc("evens", { upto: 4 })), [0, 2, 4]);
    assert.deepEqual(await value(db.rpc("pair", { a: 1 })), { sum: 2, word: "none" });
    assert.deepEqual(await value(db.rpc("cities_of", { code: "NO" }).select("name")), [{ name: "Oslo" }]);
    const nothing = await db.rpc("forget");
    assert.deepEqual([nothing.status, nothing.data, nothing.error], [204, null, null]);
    assert.deepEqual(await value(db.rpc("keep_named", { value: { a: [1, "x", null] } })), { a: [1, "x", null] });
    assert.equal(await value(db.rpc("keep_named", { value: null })), null);
  });

  it("takes arguments from the body or the query", async () => {
    assert.deepEqual(await value(db.rpc("evens", { upto: 2 }, { get: true })), [0, 2]);
    assert.deepEqual(await value(db.rpc("pair", { a: 1, b: "x y&z" }, { get: true })), { sum: 2, word: "x y&z" });
    const head = await db.rpc("evens", { upto: 2 }, { head: true });
    assert.deepEqual([head.status, head.data], [200, null]);
    assert.equal(await value(db.rpc("longest", { words: ["a", "ccc", "bb"] })), "ccc");
    const repeated = await send(server, "/rest/v1/rpc/longest?words=a&words=ddd");
    assert.equal(repeated.text, '"ddd"');
    const unnamed = await send(server, "/rest/v1/rpc/keep", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '[1, {"a": 2}]',
    });
    assert.deepEqual(unnamed.json(), [1, { a: 2 }]);
  });

  it("filters, orders, limits and counts the rows that come back", async () => {
    const query = db
      .rpc("cities_of", { code: "JP" }, { count: "exact" })
      .select("name")
      .gt("population", 1)
      .order("name", { ascending: false })
      .limit(1);
    const { data, count } = await query;
    assert.deepEqual([data, count], [[{ name: "Tokyo" }], 2]);
    const byGet = db.rpc("cities_of", { code: "JP" }, { get: true }).select("name").eq("name", "Kobe").single();
    assert.deepEqual(await value(byGet), { name: "Kobe" });
  });

  it("runs a function that writes once, even when its rows are counted, and undoes it when asked", async () => {
    const db = server.service;
    const rows = async () =>
      (await db.from("reading").select("*", { count: "exact", head: true }).eq("place", "once")).count;
    assert.equal((await db.rpc("take_rows", { spot: "once" }, { count: "exact" }).select("place")).count, 2);
    assert.equal(await rows(), 2);
    assert.equal((await db.rpc("take_rows", { spot: "once" }).select("place").rollback()).data.length, 2);
    assert.equal((await db.rpc("take_rows", { spot: "once" }).maxAffected(1)).error.code, "PGRST124");
    assert.equal(await rows(), 2);
  });

  it("chooses an overload by the names of its arguments", async () => {
    assert.equal(await value(db.rpc("shape", { side: 1 })), "square");
    assert.equal(await value(db.rpc("shape", { width: 1, height: 2 })), "rectangle");
  });

  it("says what it looked for when there is no such function", async () => {
    const { error, status } = await db.rpc("shape", { radius: 1 });
    assert.equal(status, 404);
    assert.deepEqual(
      { ...error },
      {
        code: "PGRST202",
        details:
          "Searched for the function public.shape with parameter radius or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.",
        hint: error.hint,
        message: "Could not find the function public.shape(radius) in the schema cache",
      },
    );
    const near = await db.rpc("shap");
    assert.match(near.error.hint, /^Perhaps you meant to call the function public\.shape/);
  });

  it("writes by POST only, as the caller", async () => {
    const readOnly = await server.service.rpc("take_reading", { spot: "x", amount: 1 }, { get: true });
    assert.deepEqual([readOnly.status, readOnly.error.code], [405, "25006"]);
    const refused = await db.rpc("take_reading", { spot: "x", amount: 1 });
    assert.deepEqual([refused.status, refused.error.code], [401, "42501"]);
    const id = await value(server.service.rpc("take_reading", { spot: "x", amount: 1 }));
    assert.equal((await server.service.from("reading").select("place").eq("id", id).single()).data.place, "x");
  });

  it("shows the request to the function", async () => {
    const answer = await send(server, "/rest/v1/rpc/whoami", {
      headers: { "X-Test": "it's \\ here", Cookie: "crumb=a=b" },
    });
    assert.deepEqual(answer.json(), {
      current_user: "anon",
      session_user: "authenticator",
      uid: null,
      role: "anon",
      email: null,
      method: "GET",
      path: "/rpc/whoami",
      header: "it's \\ here",
      cookie: "a=b",
    });
  });

  it("lets a function choose status, headers and error", async () => {
    const made = await send(server, "/rest/v1/rpc/created", { method: "POST" });
    assert.deepEqual([made.status, made.headers.get("x-made"), made.text], [202, "yes", '"made"']);
    const tea = await send(server, "/rest/v1/rpc/teapot", { method: "POST" });
    assert.deepEqual([tea.status, tea.headers.get("x-brew")], [418, "tea"]);
    assert.deepEqual(tea.json(), { code: "418", details: "handle", hint: "spout", message: "short and stout" });
  });

  it("maps raised errors to statuses", async () => {
    const cases = [
      ["P0001", 400],
      ["PT402", 402],
      ["42501", 401],
      ["23505", 409],
      ["42P01", 404],
      ["53400", 500],
      ["28000", 403],
      ["22023", 400],
    ];
    for (const [state, status] of cases) {
      const answer = await db.rpc("fail", { state, words: "no" });
      assert.deepEqual(
        [answer.status, { ...answer.error }],
        [status, { code: state, details: "the detail", hint: "the hint", message: "no" }],
      );
    }
  });

  it("can't become a role that Supabase's authenticator is not", async () => {
    const { error } = await db.rpc("escape_role");
    assert.deepEqual([error.code, error.message], ["42501", 'permission denied to set role "postgres"']);
  });

  it("ends a statement that runs too long, and goes on", async () => {
    await server.db.exec("alter role anon set statement_timeout = '500ms'");
    await server.reload();
    const started = Date.now();
    // The engine starts anew after the first, so the second is asked by a role that has longer.
    const [spin, after_] = await Promise.all([db.rpc("spin"), server.service.from("city").select("id").eq("id", 1)]);
    assert.deepEqual(
      [spin.status, spin.error.code, spin.error.message],
      [500, "57014", "canceling statement due to statement timeout"],
    );
    assert.deepEqual([after_.error, after_.data], [null, [{ id: 1 }]]);
    assert.ok(Date.now() - started < 15_000);
    await server.db.exec("alter role anon set statement_timeout = '3s'");
    await server.reload();
  });
});
