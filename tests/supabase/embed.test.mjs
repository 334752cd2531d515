/** Embedded resources through supabase-js: every cardinality, hints, inner joins, spread, and their errors. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startFixture } from "./fixtures/server.mjs";

describe("embedding", () => {
  let server;
  let db;
  before(async () => {
    server = await startFixture();
    db = server.anon;
  });
  after(() => server?.close());

  const rows = async (query) => {
    const { data, error } = await query;
    assert.equal(error, null);
    return data;
  };

  it("follows a foreign key to one row", async () => {
    assert.deepEqual(await rows(db.from("city").select("name, country(code)").order("id")), [
      { name: "Kobe", country: { code: "JP" } },
      { name: "Tokyo", country: { code: "JP" } },
      { name: "Oslo", country: { code: "NO" } },
      { name: "Atlantis", country: null },
    ]);
    assert.deepEqual(await rows(db.from("city").select("land:country_id(code)").eq("id", 3)), [
      { land: { code: "NO" } },
    ]);
  });

  it("gives the rows that point here, filtered, ordered and limited on their own", async () => {
    const query = db.from("country").select("code, city(name)").order("id");
    assert.deepEqual(await rows(query.order("name", { referencedTable: "city", ascending: false })), [
      { code: "JP", city: [{ name: "Tokyo" }, { name: "Kobe" }] },
      { code: "NO", city: [{ name: "Oslo" }] },
      { code: "PE", city: [] },
    ]);
    const limited = db
      .from("country")
      .select("code, town:city(name)")
      .eq("town.name", "Kobe")
      .order("id")
      .limit(1, { referencedTable: "town" });
    assert.deepEqual(await rows(limited), [
      { code: "JP", town: [{ name: "Kobe" }] },
      { code: "NO", town: [] },
      { code: "PE", town: [] },
    ]);
    const either = db
      .from("country")
      .select("code, city(name)")
      .or("name.eq.Kobe,name.eq.Oslo", { referencedTable: "city" })
      .order("id");
    assert.deepEqual(
      (await rows(either)).map(({ city }) => city.length),
      [1, 1, 0],
    );
  });

  it("gives one object where the foreign key is unique", async () => {
    assert.deepEqual(await rows(db.from("city").select("name, mayor(name)").in("id", [1, 2]).order("id")), [
      { name: "Kobe", mayor: { name: "Sato" } },
      { name: "Tokyo", mayor: null },
    ]);
  });

  it("passes through a junction table", async () => {
    assert.deepEqual(
      await rows(
        db.from("city").select("name, landmark(name)").order("id").order("name", { referencedTable: "landmark" }),
      ),
      [
        { name: "Kobe", landmark: [{ name: "Bridge" }, { name: "Port Tower" }] },
        { name: "Tokyo", landmark: [{ name: "Bridge" }] },
        { name: "Oslo", landmark: [{ name: "Opera" }] },
        { name: "Atlantis", landmark: [] },
      ],
    );
    assert.deepEqual(await rows(db.from("landmark").select("name, city!city_landmark(name)").eq("id", 2)), [
      { name: "Opera", city: [{ name: "Oslo" }] },
    ]);
  });

  it("nests", async () => {
    const data = await rows(
      db.from("country").select("code, city(name, mayor(name), city_landmark(since, landmark(name)))").eq("id", 2),
    );
    assert.deepEqual(data, [
      {
        code: "NO",
        city: [
          { name: "Oslo", mayor: { name: "Berg" }, city_landmark: [{ since: 2008, landmark: { name: "Opera" } }] },
        ],
      },
    ]);
    const filtered = db
      .from("country")
      .select("code, city!inner(name, mayor!inner(name))")
      .eq("city.mayor.name", "Sato");
    assert.deepEqual(await rows(filtered), [{ code: "JP", city: [{ name: "Kobe", mayor: { name: "Sato" } }] }]);
  });

  it("keeps only rows with a related row when inner, and counts only those", async () => {
    const query = db
      .from("city")
      .select("name, country!inner(code)", { count: "exact" })
      .eq("country.code", "JP")
      .order("id");
    const { data, count } = await query;
    assert.deepEqual(
      data.map(({ name }) => name),
      ["Kobe", "Tokyo"],
    );
    assert.equal(count, 2);
    assert.deepEqual(await rows(db.from("country").select("code, city!inner()").eq("city.name", "Oslo")), [
      { code: "NO" },
    ]);
  });

  it("filters on whether there is a related row", async () => {
    assert.deepEqual(await rows(db.from("city").select("name, country()").is("country", null)), [{ name: "Atlantis" }]);
    assert.deepEqual(await rows(db.from("country").select("code, city()").is("city", null)), [{ code: "PE" }]);
    assert.deepEqual(
      (await rows(db.from("country").select("code, city()").not("city", "is", null).order("id"))).length,
      2,
    );
    const either = db
      .from("city")
      .select("name, mayor(), country()")
      .or("mayor.not.is.null,country.is.null")
      .order("id");
    assert.deepEqual(
      (await rows(either)).map(({ name }) => name),
      ["Kobe", "Oslo", "Atlantis"],
    );
  });

  it("orders by a column of the related row", async () => {
    const query = db
      .from("city")
      .select("name, country(code)")
      .order("country(code)", { ascending: false, nullsFirst: false })
      .order("name");
    assert.deepEqual(
      (await rows(query)).map(({ name }) => name),
      ["Oslo", "Kobe", "Tokyo", "Atlantis"],
    );
    const { error } = await db.from("country").select("city(name)").order("city(name)");
    assert.equal(error.code, "PGRST118");
  });

  it("spreads related columns into the row", async () => {
    assert.deepEqual(
      await rows(db.from("city").select("name, ...country(land:name, code)").in("id", [3, 4]).order("id")),
      [
        { name: "Oslo", land: "Norway", code: "NO" },
        { name: "Atlantis", land: null, code: null },
      ],
    );
    assert.deepEqual(await rows(db.from("country").select("code, ...city(towns:name)").eq("id", 2)), [
      { code: "NO", towns: ["Oslo"] },
    ]);
    assert.deepEqual(await rows(db.from("mayor").select("name, ...city(...country(code))").eq("id", 1)), [
      { name: "Sato", code: "JP" },
    ]);
  });

  it("tells two foreign keys to one table apart by hint, and asks for one", async () => {
    const { error, status } = await db.from("train").select("city(name)");
    assert.equal(status, 300);
    assert.equal(error.code, "PGRST201");
    assert.equal(error.details.length, 2);
    assert.equal(
      error.hint,
      "Try changing 'city' to one of the following: 'city!train_destination', 'city!train_origin'. Find the desired relationship in the 'details' key.",
    );
    const expected = [{ from: { name: "Kobe" }, to: { name: "Tokyo" } }];
    assert.deepEqual(
      await rows(db.from("train").select("from:city!train_origin(name), to:city!train_destination(name)").eq("id", 1)),
      expected,
    );
    assert.deepEqual(
      await rows(db.from("train").select("from:city!origin_id(name), to:city!destination_id(name)").eq("id", 1)),
      expected,
    );
    assert.deepEqual(
      await rows(db.from("train").select("from:origin_id(name), to:destination_id(name)").eq("id", 1)),
      expected,
    );
    assert.deepEqual(await rows(db.from("city").select("train!train_origin(id)").eq("id", 3)), [{ train: [] }]);
  });

  it("follows a table's reference to itself in both directions", async () => {
    assert.deepEqual(await rows(db.from("city").select("name, sister:sister_id(name)").eq("id", 2)), [
      { name: "Tokyo", sister: { name: "Kobe" } },
    ]);
    assert.deepEqual(await rows(db.from("city").select("name, sisters:city(name)").eq("id", 1)), [
      { name: "Kobe", sisters: [{ name: "Tokyo" }] },
    ]);
    assert.deepEqual(await rows(db.from("city").select("name, sister:city!sister_id(name)").eq("id", 2)), [
      { name: "Tokyo", sister: { name: "Kobe" } },
    ]);
  });

  it("names what it couldn't find", async () => {
    const missing = await db.from("city").select("name, reading(id)");
    assert.deepEqual([missing.status, missing.error.code], [400, "PGRST200"]);
    assert.equal(
      missing.error.message,
      "Could not find a relationship between 'city' and 'reading' in the schema cache",
    );
    const unselected = await db.from("city").select("name").eq("country.code", "JP");
    assert.deepEqual([unselected.status, unselected.error.code], [400, "PGRST108"]);
    assert.equal(unselected.error.message, "'country' is not an embedded resource in this request");
  });

  it("embeds in what a write or a function returns", async () => {
    const inserted = await server.service
      .from("city")
      .insert({ id: 50, name: "Nara", country_id: 1 })
      .select("name, country(code)")
      .single();
    assert.deepEqual(inserted.data, { name: "Nara", country: { code: "JP" } });
    const called = await db.rpc("cities_of", { code: "NO" }).select("name, country(name), mayor(name)");
    assert.deepEqual(called.data, [{ name: "Oslo", country: { name: "Norway" }, mayor: { name: "Berg" } }]);
    await server.service.from("city").delete().eq("id", 50);
  });
});
