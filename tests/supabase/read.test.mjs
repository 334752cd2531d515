/** Reading through supabase-js: columns, filters, order, ranges, counts, formats. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { send, startFixture } from "./fixtures/server.mjs";

describe("reading", () => {
  let server;
  let db;
  before(async () => {
    server = await startFixture();
    db = server.anon;
  });
  after(() => server?.close());

  /** The ids of the rows that a query gives, or its error. */
  const ids = async (query) => {
    const { data, error } = await query;
    assert.equal(error, null);
    return data.map((row) => row.id);
  };
  const reading = () => db.from("reading").select("id").order("id");
  const city = () => db.from("city").select("id").order("id");

  it("selects columns, aliases, casts and JSON paths", async () => {
    const { data, error } = await db
      .from("reading")
      .select(
        "number:id, value::text, unit:detail->>unit, detail->raw->1, last:detail->raw->-1, detail->deep->x, labels",
      )
      .eq("id", 1)
      .single();
    assert.equal(error, null);
    assert.deepEqual(data, { number: 1, value: "1.500", unit: "C", raw: 2, last: 2, x: null, labels: ["a", "b"] });
  });

  it("gives numbers as JSON numbers and times as ISO 8601", async () => {
    const { data } = await db.from("reading").select("value, level, taken_at, span").eq("id", 1).single();
    assert.deepEqual(data, { value: 1.5, level: 1, taken_at: "2020-01-01T00:00:00+00:00", span: "[1,5)" });
  });

  it("compares", async () => {
    assert.deepEqual(await ids(city().eq("name", "Oslo")), [3]);
    assert.deepEqual(await ids(city().neq("name", "Oslo")), [1, 2, 4]);
    assert.deepEqual(await ids(city().gt("population", 1500000)), [2]);
    assert.deepEqual(await ids(city().gte("population", 1500000)), [1, 2]);
    assert.deepEqual(await ids(city().lt("population", 1500000)), [3]);
    assert.deepEqual(await ids(city().lte("population", 1500000)), [1, 3]);
    assert.deepEqual(await ids(city().is("population", null)), [4]);
    assert.deepEqual(await ids(city().not("population", "is", null)), [1, 2, 3]);
    assert.deepEqual(await ids(city().isDistinct("population", 700000)), [1, 2, 4]);
    assert.deepEqual(await ids(city().in("id", [1, 3, 99])), [1, 3]);
    assert.deepEqual(await ids(city().in("id", [])), []);
    assert.deepEqual(await ids(city().notIn("id", [1, 3])), [2, 4]);
    assert.deepEqual(await ids(city().match({ country_id: 1, name: "Kobe" })), [1]);
    assert.deepEqual(await ids(city().filter("name", "not.eq", "Oslo")), [1, 2, 4]);
  });

  it("matches patterns", async () => {
    assert.deepEqual(await ids(city().like("name", "%o%")), [1, 2, 3]);
    assert.deepEqual(await ids(city().like("name", "*kyo")), [2]);
    assert.deepEqual(await ids(city().ilike("name", "o%")), [3]);
    assert.deepEqual(await ids(city().likeAllOf("name", ["%o%", "%k%"])), [2]);
    assert.deepEqual(await ids(city().likeAnyOf("name", ["K%", "T%"])), [1, 2]);
    assert.deepEqual(await ids(city().ilikeAnyOf("name", ["k%", "t%"])), [1, 2]);
    assert.deepEqual(await ids(city().regexMatch("name", "^[KT]")), [1, 2]);
    assert.deepEqual(await ids(city().regexIMatch("name", "^[kt]")), [1, 2]);
  });

  it("compares arrays, JSON and ranges", async () => {
    assert.deepEqual(await ids(reading().contains("labels", ["b"])), [1, 2]);
    assert.deepEqual(await ids(reading().contains("labels", ['"c,d"'])), [2]);
    assert.deepEqual(await ids(reading().containedBy("labels", ["a", "b"])), [1, 3]);
    assert.deepEqual(await ids(reading().overlaps("labels", ["a", "z"])), [1]);
    assert.deepEqual(await ids(reading().contains("detail", { unit: "C" })), [1]);
    assert.deepEqual(await ids(reading().eq("detail->>unit", "F")), [2]);
    assert.deepEqual(await ids(reading().eq("detail->raw->0", 1)), [1]);
    assert.deepEqual(await ids(reading().rangeGt("span", "[1,4)")), [2]);
    assert.deepEqual(await ids(reading().rangeLt("span", "[6,9)")), [1]);
    assert.deepEqual(await ids(reading().rangeGte("span", "[2,4)")), [2]);
    assert.deepEqual(await ids(reading().rangeLte("span", "[2,6)")), [1]);
    assert.deepEqual(await ids(reading().rangeAdjacent("span", "[9,11)")), [2]);
    assert.deepEqual(await ids(reading().overlaps("span", "[4,6)")), [1, 2]);
  });

  it("searches text", async () => {
    assert.deepEqual(await ids(reading().textSearch("place", "cellar | nothing")), [2]);
    assert.deepEqual(await ids(reading().textSearch("place", "roof", { type: "plain", config: "english" })), [1]);
    assert.deepEqual(await ids(reading().textSearch("place", "say hi", { type: "phrase" })), [3]);
    assert.deepEqual(await ids(reading().textSearch("place", "roof or cellar", { type: "websearch" })), [1, 2]);
  });

  it("combines conditions", async () => {
    assert.deepEqual(await ids(city().or("id.eq.1,name.eq.Oslo")), [1, 3]);
    assert.deepEqual(
      await ids(city().or("and(country_id.eq.1,population.gt.2000000),not.and(id.gt.0,id.lt.4)")),
      [2, 4],
    );
    assert.deepEqual(await ids(city().or("id.in.(1,2),name.not.like.*")), [1, 2]);
    assert.deepEqual(await ids(reading().or("labels.cs.{a,b},value.lt.0")), [1, 2]);
    assert.deepEqual(await ids(reading().or('place.eq."say \\"hi\\", (you) \\\\ now",id.eq.1')), [1, 3]);
    assert.deepEqual(
      await ids(reading().in("place", ['say "hi", (you) \\ now'.replaceAll("\\", "\\\\").replaceAll('"', '\\"')])),
      [3],
    );
    assert.deepEqual(await ids(reading().eq("place", 'say "hi", (you) \\ now')), [3]);
    const { text } = await send(server, "/rest/v1/city?select=id&not.or=(id.eq.1,id.eq.2)&order=id");
    assert.deepEqual(JSON.parse(text), [{ id: 3 }, { id: 4 }]);
  });

  it("orders, with nulls where asked", async () => {
    const order = (options) => ids(db.from("city").select("id").order("population", options));
    assert.deepEqual(await order({}), [3, 1, 2, 4]);
    assert.deepEqual(await order({ ascending: false }), [4, 2, 1, 3]);
    assert.deepEqual(await order({ ascending: false, nullsFirst: false }), [2, 1, 3, 4]);
    assert.deepEqual(await order({ ascending: true, nullsFirst: true }), [4, 3, 1, 2]);
    assert.deepEqual(
      await ids(db.from("reading").select("id").order("detail->>unit", { ascending: false }).order("id")),
      [3, 2, 1],
    );
  });

  it("pages, and says how many there are", async () => {
    const page = await db.from("city").select("id", { count: "exact" }).order("id").range(1, 2);
    assert.deepEqual([page.status, page.count, page.data], [206, 4, [{ id: 2 }, { id: 3 }]]);
    const all = await db.from("city").select("id", { count: "exact" });
    assert.deepEqual([all.status, all.count], [200, 4]);
    const none = await db.from("city").select("*", { count: "exact", head: true }).eq("id", 99);
    assert.deepEqual([none.status, none.count, none.data], [200, 0, null]);
    const beyond = await db.from("city").select("id", { count: "exact" }).range(10, 19);
    assert.equal(beyond.status, 416);
    assert.equal(beyond.error.code, "PGRST103");
    assert.equal(beyond.error.details, "An offset of 10 was requested, but there are only 4 rows.");
    for (const count of ["planned", "estimated"]) {
      const guessed = await db.from("city").select("id", { count });
      assert.ok(guessed.count > 0, `${count} gives a number`);
    }
    for (const count of ["planned", "estimated", "exact"]) {
      const embedded = db
        .from("city")
        .select("id, country(code)", { count })
        .eq("country.code", "JP")
        .eq("name", "Kobe");
      assert.equal((await embedded).error, null, count);
    }
    const header = await send(server, "/rest/v1/city?select=id&order=id", { headers: { Range: "1-2" } });
    assert.equal(header.headers.get("content-range"), "1-2/*");
    assert.deepEqual(header.json(), [{ id: 2 }, { id: 3 }]);
    assert.deepEqual(await ids(db.from("city").select("id").limit(0)), []);
  });

  it("gives one row, or says why not", async () => {
    assert.deepEqual((await db.from("city").select("name").eq("id", 1).single()).data, { name: "Kobe" });
    const { error, status } = await db.from("city").select("name").single();
    assert.equal(status, 406);
    assert.deepEqual(
      { ...error },
      {
        code: "PGRST116",
        details: "The result contains 4 rows",
        hint: null,
        message: "Cannot coerce the result to a single JSON object",
      },
    );
    assert.equal((await db.from("city").select().eq("id", 99).maybeSingle()).data, null);
    assert.equal((await db.from("city").select().eq("id", 1).maybeSingle()).data.name, "Kobe");
  });

  it("gives CSV and JSON without nulls", async () => {
    const { data } = await db.from("reading").select("id,place,value").order("id").csv();
    assert.equal(data, 'id,place,value\n1,roof,1.500\n2,cellar,-2.250\n3,"say ""hi"", (you) \\\\ now",');
    const { data: stripped } = await db.from("city").select("id,population").eq("id", 4).stripNulls();
    assert.deepEqual(stripped, [{ id: 4 }]);
  });

  it("aggregates", async () => {
    const { data } = await db
      .from("tally")
      .select("kind, total:amount.sum(), amount.max(), count(), amount.avg()::int")
      .order("kind");
    assert.deepEqual(data, [
      { kind: "in", total: 5, max: 3, count: 2, avg: 3 },
      { kind: "out", total: 5, max: 5, count: 1, avg: 5 },
    ]);
    assert.deepEqual((await db.from("city").select("count()").single()).data, { count: 4 });
  });

  it("reads views, computed columns and names that need quoting", async () => {
    assert.deepEqual((await db.from("big_city").select().order("id")).data, [
      { id: 1, name: "Kobe" },
      { id: 2, name: "Tokyo" },
    ]);
    assert.deepEqual((await db.from("city").select("label").eq("label", "OSLO")).data, [{ label: "OSLO" }]);
    const odd = await db.from('Odd "Name", (x)').select('id, "a.b", "c,d", "select"').eq('"a.b"', "dot").order('"c,d"');
    assert.equal(odd.error, null);
    assert.deepEqual(odd.data, [{ id: 1, "a.b": "dot", "c,d": "comma", select: "word" }]);
  });

  it("gives times in the zone that is preferred, and passes over one that isn't any", async () => {
    const at = async (zone) => {
      const headers = { Prefer: `timezone=${zone}` };
      const { status, json } = await send(server, "/rest/v1/reading?select=taken_at&id=eq.1", { headers });
      return status === 200 ? json()[0].taken_at : json().code;
    };
    assert.equal(await at("Asia/Tokyo"), "2020-01-01T09:00:00+09:00");
    assert.equal(await at("Middle/Earth"), "2020-01-01T00:00:00+00:00");
    assert.equal(await at("Middle/Earth, handling=strict"), "PGRST122");
  });

  it("sees a new table at once", async () => {
    await server.db.exec(
      "create table public.fresh (id integer); grant select on public.fresh to anon; insert into public.fresh values (7)",
    );
    assert.deepEqual((await db.from("fresh").select()).data, [{ id: 7 }]);
    await server.db.exec("drop table public.fresh");
    assert.equal((await db.from("fresh").select()).error.code, "PGRST205");
  });

  it("returns no more rows than the server's maximum", async () => {
    await server.db.exec(
      "create table public.many as select generate_series(1, 1500) as id; grant select on public.many to anon",
    );
    const { data, count } = await db.from("many").select("id", { count: "exact" });
    assert.deepEqual([data.length, count], [1000, 1500]);
    await server.db.exec("drop table public.many");
  });
});
