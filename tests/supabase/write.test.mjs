/** Writing through supabase-js: insert, upsert, update, delete, and what each answers. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { send, startFixture } from "./fixtures/server.mjs";

describe("writing", () => {
  let server;
  let db;
  before(async () => {
    server = await startFixture();
    db = server.service;
  });
  after(() => server?.close());
  beforeEach(async () => {
    await server.db.exec(`truncate public.tally; delete from public.reading where id > 3;
      insert into public.tally values ('in', '2020-01-01', 2), ('in', '2020-01-02', 3), ('out', '2020-01-01', 5)`);
  });

  const asService = (target, init) =>
    send(server, target, {
      ...init,
      headers: { apikey: server.serviceRoleKey, "Content-Type": "application/json", ...init.headers },
    });
  const tally = async () =>
    (await db.from("tally").select("kind, day, amount").order("kind").order("day")).data.map(
      (row) => `${row.kind} ${row.day.slice(-2)} ${row.amount}`,
    );

  it("inserts one row and several, returning what is asked for", async () => {
    const quiet = await db.from("reading").insert({ place: "attic" });
    assert.deepEqual([quiet.status, quiet.data, quiet.error], [201, null, null]);
    const one = await db.from("reading").insert({ place: "attic", value: 1.25 }).select("place, value, level").single();
    assert.deepEqual([one.status, one.data], [201, { place: "attic", value: 1.25, level: 1 }]);
    const two = await db
      .from("reading")
      .insert([{ place: "a" }, { place: "b" }], { count: "exact" })
      .select("place");
    assert.deepEqual([two.count, two.data], [2, [{ place: "a" }, { place: "b" }]]);
    const none = await db.from("reading").insert([]).select();
    assert.deepEqual([none.status, none.data], [201, []]);
  });

  it("fills columns that a row leaves out with null, or with the default when asked", async () => {
    const rows = [{ place: "x", level: 5 }, { place: "y" }];
    const nulls = await db.from("reading").insert(rows).select("place, level");
    assert.equal(nulls.error.code, "23502");
    const defaults = await db.from("reading").insert(rows, { defaultToNull: false }).select("place, level, labels");
    assert.deepEqual(defaults.data, [
      { place: "x", level: 5, labels: [] },
      { place: "y", level: 1, labels: [] },
    ]);
    const ids = await db
      .from("reading")
      .insert([{ id: 900, place: "x" }, { place: "y" }], { defaultToNull: false })
      .select("id");
    assert.equal(ids.data[0].id, 900);
    assert.ok(ids.data[1].id > 3, "an identity column takes its next value");
    const empty = await db.from("reading").insert({}).select("place, level").single();
    assert.deepEqual(empty.data, { place: "roof", level: 1 });
  });

  it("keeps arrays, JSON, ranges, big numbers and every character", async () => {
    const row = {
      place: "quote ' \" \\ \n $1 ; -- 橋",
      labels: ["a,b", '"', "{}"],
      detail: { a: [1, null], "k'": "v" },
      span: "[1,3)",
    };
    const { data } = await db.from("reading").insert(row).select("place, labels, detail, span").single();
    assert.deepEqual(data, row);
    const big = await asService("/rest/v1/city?select=population", {
      method: "POST",
      headers: { Prefer: "return=representation" },
      body: '{"id": 70, "name": "Big", "population": 9007199254740993}',
    });
    assert.match(big.text, /9007199254740993/);
    await db.from("city").delete().eq("id", 70);
  });

  it("upserts by primary key or by named columns, and ignores duplicates when asked", async () => {
    const merged = await db
      .from("tally")
      .upsert([
        { kind: "in", day: "2020-01-01", amount: 20 },
        { kind: "new", day: "2020-01-01", amount: 1 },
      ])
      .select("amount");
    assert.deepEqual([merged.status, merged.data], [201, [{ amount: 20 }, { amount: 1 }]]);
    const again = await db
      .from("tally")
      .upsert({ kind: "in", day: "2020-01-01", amount: 21 }, { onConflict: "kind,day" });
    assert.equal(again.status, 200, "nothing was created");
    const ignored = await db
      .from("tally")
      .upsert({ kind: "in", day: "2020-01-01", amount: 99 }, { ignoreDuplicates: true })
      .select();
    assert.deepEqual(ignored.data, []);
    assert.deepEqual(await tally(), ["in 01 21", "in 02 3", "new 01 1", "out 01 5"]);
    const wrong = await db.from("tally").upsert({ kind: "in", day: "2020-01-01", amount: 1 }, { onConflict: "amount" });
    assert.deepEqual([wrong.status, wrong.error.code], [400, "42P10"]);
  });

  it("updates the filtered rows", async () => {
    const quiet = await db.from("tally").update({ amount: 0 }).eq("kind", "in");
    assert.deepEqual([quiet.status, quiet.data], [204, null]);
    const shown = await db
      .from("tally")
      .update({ amount: 7 }, { count: "exact" })
      .eq("kind", "in")
      .gt("day", "2020-01-01")
      .select("amount, day");
    assert.deepEqual([shown.status, shown.count, shown.data], [200, 1, [{ amount: 7, day: "2020-01-02" }]]);
    const none = await db.from("tally").update({ amount: 1 }).eq("kind", "nope").select();
    assert.deepEqual([none.status, none.data], [200, []]);
    const nothing = await db.from("tally").update({}).eq("kind", "in").select();
    assert.deepEqual(nothing.data, []);
    assert.deepEqual(await tally(), ["in 01 0", "in 02 7", "out 01 5"]);
  });

  it("deletes the filtered rows", async () => {
    const shown = await db
      .from("tally")
      .delete({ count: "exact" })
      .eq("kind", "in")
      .select("day")
      .order("day", { ascending: false });
    assert.deepEqual([shown.status, shown.count, shown.data], [200, 2, [{ day: "2020-01-02" }, { day: "2020-01-01" }]]);
    const quiet = await db.from("tally").delete().eq("kind", "out");
    assert.equal(quiet.status, 204);
    assert.deepEqual(await tally(), []);
  });

  it("refuses to change every row without a filter", async () => {
    for (const [query, kind] of [
      [db.from("tally").delete(), "DELETE"],
      [db.from("tally").update({ amount: 0 }), "UPDATE"],
    ]) {
      const { error, status } = await query;
      assert.deepEqual([status, error.code, error.message], [400, "21000", `${kind} requires a WHERE clause`]);
    }
    assert.equal((await tally()).length, 3);
  });

  it("undoes a write whose result is not the one row asked for", async () => {
    const { error } = await db.from("tally").update({ amount: 0 }).eq("kind", "in").select().single();
    assert.deepEqual([error.code, error.details], ["PGRST116", "The result contains 2 rows"]);
    assert.deepEqual(await tally(), ["in 01 2", "in 02 3", "out 01 5"]);
  });

  it("honours tx=rollback and max-affected", async () => {
    const tried = await db.from("tally").delete().eq("kind", "in").select("kind").rollback();
    assert.equal(tried.data.length, 2);
    const limited = await db.from("tally").delete().eq("kind", "in").maxAffected(1);
    assert.deepEqual(
      [limited.status, limited.error.code, limited.error.details],
      [400, "PGRST124", "The query affects 2 rows"],
    );
    assert.equal((await tally()).length, 3);
  });

  it("puts one whole row by its primary key", async () => {
    const target = "/rest/v1/tally?kind=eq.in&day=eq.2020-01-01";
    const body = JSON.stringify({ kind: "in", day: "2020-01-01", amount: 42 });
    assert.equal((await asService(target, { method: "PUT", body })).status, 204);
    assert.equal((await tally())[0], "in 01 42");
    const partial = await asService("/rest/v1/tally?kind=eq.in", { method: "PUT", body });
    assert.deepEqual([partial.status, partial.json().code], [405, "PGRST105"]);
    const other = await asService(target, {
      method: "PUT",
      body: JSON.stringify({ kind: "out", day: "2020-01-01", amount: 1 }),
    });
    assert.deepEqual([other.status, other.json().code], [400, "PGRST115"]);
  });

  it("says where a new row is, and which preferences it applied", async () => {
    const body = JSON.stringify({ kind: "a 橋", day: "2021-01-01", amount: 1 });
    const made = await asService("/rest/v1/tally", {
      method: "POST",
      headers: { Prefer: "return=headers-only,count=exact" },
      body,
    });
    assert.deepEqual([made.status, made.text, made.headers.get("content-range")], [201, "", "*/1"]);
    assert.equal(made.headers.get("location"), "/tally?kind=eq.a%20%E6%A9%8B&day=eq.2021-01-01");
    assert.equal(made.headers.get("preference-applied"), "return=headers-only, count=exact");
  });

  it("reports constraint violations as PostgREST does", async () => {
    const cases = [
      [db.from("tally").insert({ kind: "in", day: "2020-01-01", amount: 1 }), 409, "23505"],
      [db.from("city").insert({ id: 60, name: "x", country_id: 99 }), 409, "23503"],
      [db.from("tally").insert({ kind: "in" }), 400, "23502"],
      [db.from("tally").insert({ kind: "in", day: "soon", amount: 1 }), 400, "22007"],
      [db.from("tally").insert({ kind: "in", day: "2020-01-01", amount: "many" }), 400, "22P02"],
      [db.from("tally").insert({ kind: "in", day: "2020-01-01", amount: 1, wrong: 2 }), 400, "PGRST204"],
      [db.from("tally").update({ wrong: 2 }).eq("kind", "in"), 400, "PGRST204"],
    ];
    for (const [query, status, code] of cases) {
      const answer = await query;
      assert.deepEqual([answer.status, answer.error?.code], [status, code], answer.error?.message);
    }
  });

  it("answers malformed bodies with 400", async () => {
    const cases = [
      "{",
      "",
      "nonsense",
      "[1]",
      "null",
      '"text"',
      '[{"kind":"a"},{"day":"2020-01-01"}]',
      '{"kind":"\\ud800","day":"2020-01-01","amount":1}',
      '{"kind":"a\\u0000"}',
    ];
    for (const body of cases) {
      const answer = await asService("/rest/v1/tally", { method: "POST", body });
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
      assert.equal(typeof answer.json().code, "string");
    }
    const xml = await asService("/rest/v1/tally", {
      method: "POST",
      headers: { "Content-Type": "text/xml" },
      body: "<a/>",
    });
    assert.equal(xml.status, 415);
  });
});
