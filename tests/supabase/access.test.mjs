/** Row-level security through supabase-js: whose rows a caller sees and changes. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor, signedUp, startFixture } from "./fixtures/server.mjs";

describe("row-level security", () => {
  let server;
  let ada;
  let bob;
  before(async () => {
    server = await startFixture();
    ada = await signedUp(server, "ada@example.org");
    bob = await signedUp(server, "bob@example.org");
    const { error } = await ada
      .from("note")
      .insert([{ title: "ada's own" }, { title: "ada's shared", shared: true }], { defaultToNull: false });
    assert.equal(error, null);
    assert.equal((await bob.from("note").insert({ title: "bob's own" })).error, null);
  });
  after(() => server?.close());

  const titles = async (db) => (await db.from("note").select("title").order("title")).data.map(({ title }) => title);

  it("shows each user their own rows", async () => {
    assert.deepEqual(await titles(ada), ["ada's own", "ada's shared"]);
    assert.deepEqual(await titles(bob), ["ada's shared", "bob's own"]);
    assert.deepEqual(await titles(server.anon), ["ada's shared"]);
    assert.deepEqual((await ada.rpc("whoami")).data.uid, ada.user.id);
    assert.deepEqual((await bob.rpc("whoami")).data.email, "bob@example.org");
  });

  it("keeps requests of different users apart when they interleave", async () => {
    const callers = Array.from({ length: 60 }, (_, index) => [ada, bob, server.anon][index % 3]);
    const seen = await Promise.all(callers.map(async (db) => (await db.rpc("whoami")).data.uid));
    assert.deepEqual(
      seen,
      callers.map((db) => db.user?.id ?? null),
    );
  });

  it("lets nobody change another's row, or give one away", async () => {
    const changed = await bob.from("note").update({ title: "stolen" }).eq("title", "ada's shared").select();
    assert.deepEqual([changed.status, changed.data], [200, []]);
    assert.deepEqual((await bob.from("note").delete().neq("title", "bob's own").select()).data, []);
    const forged = await bob.from("note").insert({ title: "forged", owner_id: ada.user.id });
    assert.deepEqual([forged.status, forged.error.code], [403, "42501"]);
    assert.equal(forged.error.message, 'new row violates row-level security policy for table "note"');
    const given = await bob.from("note").update({ owner_id: ada.user.id }).eq("title", "bob's own");
    assert.deepEqual([given.status, given.error.code], [403, "42501"]);
    const anonymous = await server.anon.from("note").insert({ title: "anonymous", owner_id: ada.user.id });
    assert.deepEqual([anonymous.status, anonymous.error.code], [401, "42501"]);
    assert.deepEqual(await titles(ada), ["ada's own", "ada's shared"]);
  });

  it("counts only what the caller may see", async () => {
    const counts = await Promise.all(
      [ada, bob, server.anon, server.service].map(
        async (db) => (await db.from("note").select("*", { count: "exact", head: true })).count,
      ),
    );
    assert.deepEqual(counts, [2, 2, 1, 3]);
  });

  it("lets the service role past every policy", async () => {
    assert.deepEqual(await titles(server.service), ["ada's own", "ada's shared", "bob's own"]);
    assert.equal((await server.service.from("secret").select()).data.length, 1);
  });

  it("gives an admin what the policy for admins gives", async () => {
    const credentials = { email: "admin@example.org", password: "correct horse" };
    await server.service.auth.admin.createUser({
      ...credentials,
      email_confirm: true,
      app_metadata: { role: "admin" },
    });
    const admin = clientFor(server.url, server.anonKey);
    await admin.auth.signInWithPassword(credentials);
    assert.equal((await titles(admin)).length, 3);
    assert.deepEqual((await admin.from("note").delete().eq("title", "ada's own").select()).data, []);
  });

  it("keeps tables and columns without a grant closed", async () => {
    assert.deepEqual((await server.anon.from("secret").select()).error.code, "42501");
    assert.deepEqual((await ada.from("secret").select()).status, 403);
    assert.deepEqual((await server.anon.from("secret").select()).status, 401);
    assert.equal((await server.anon.from("mayor").select("name")).error, null);
    assert.equal((await server.anon.from("mayor").select("name, salary")).error.code, "42501");
    assert.equal((await server.anon.from("mayor").select("name").gt("salary", 1)).error.code, "42501");
    assert.equal((await server.anon.from("mayor").select("name").order("salary")).error.code, "42501");
    assert.equal((await server.anon.from("city").select("mayor(salary)")).error.code, "42501");
    assert.equal((await ada.from("mayor").select("salary").eq("id", 1).single()).data.salary, 100);
  });

  it("removes a user's rows with the user", async () => {
    const gone = await signedUp(server, "gone@example.org");
    await gone.from("note").insert({ title: "gone's" });
    await server.service.auth.admin.deleteUser(gone.user.id);
    assert.ok(!(await titles(server.service)).includes("gone's"));
    const late = await gone.from("note").insert({ title: "late" });
    assert.deepEqual([late.status, late.error.code], [409, "23503"]);
  });
});
