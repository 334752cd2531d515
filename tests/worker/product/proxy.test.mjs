// supabase-js pointed at the Worker's address: the proxy must be invisible to it, and grant nothing of its own.
import assert from "node:assert/strict";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient } from "@supabase/supabase-js";
import { root } from "../harness.mjs";
import { read, startBoth } from "./product.mjs";

let both;
let url;
let anonymous;
before(async () => {
  both = await startBoth({ migrations: [join(root, "tests", "supabase", "fixtures", "migrations")] });
  url = both.worker.url;
  anonymous = createClient(url, both.supabase.anonKey, { auth: { persistSession: false } });
});
after(() => both?.stop());

/** A client of the Worker that speaks for a new user. */
async function user(name) {
  const direct = createClient(both.supabase.url, both.supabase.anonKey, { auth: { persistSession: false } });
  const { data, error } = await direct.auth.signUp({ email: `${name}@example.org`, password: "correct horse" });
  assert.equal(error, null);
  const headers = { Authorization: `Bearer ${data.session.access_token}` };
  return createClient(url, both.supabase.anonKey, { auth: { persistSession: false }, global: { headers } });
}

test("supabase-js reads through the Worker what it reads directly", async () => {
  const direct = createClient(both.supabase.url, both.supabase.anonKey, { auth: { persistSession: false } });
  const questions = [
    (client) =>
      client
        .from("earthquake")
        .select("event_id,magnitude")
        .gte("magnitude", 5)
        .order("magnitude", { ascending: false }),
    (client) => client.from("earthquake").select("*", { count: "exact" }).range(10, 14).order("event_id"),
    (client) => client.from("earthquake").select("*", { count: "exact", head: true }),
    (client) => client.from("earthquake").select("place").ilike("place", "%japan%").limit(3).csv(),
    (client) => client.from("earthquake").select().eq("event_id", "none").maybeSingle(),
    (client) => client.from("earthquake").select().eq("event_id", "none").single(),
    (client) => client.from("earthquake").select("nothing"),
    (client) => client.from("nowhere").select(),
    (client) => client.rpc("earthquake_stats", { by: "type" }),
    (client) => client.rpc("earthquake_stats", { by: "moon" }),
    (client) => client.rpc("earthquake_near", { lat: 35, lon: 139, km: 500 }, { get: true }).select("event_id"),
  ];
  for (const question of questions) {
    const [through, straight] = [await question(anonymous), await question(direct)];
    assert.deepEqual(
      { ...through, statusText: undefined, success: undefined },
      { ...straight, statusText: undefined, success: undefined },
      String(question),
    );
  }
});

test("row security holds through the Worker: two users see and change their own rows only", async () => {
  const [ann, bob] = [await user("ann"), await user("bob")];
  const inserted = await ann.from("note").insert({ title: "mine" }).select();
  assert.equal(inserted.status, 201, JSON.stringify(inserted.error));
  const { id } = inserted.data[0];
  assert.deepEqual((await bob.from("note").select().eq("id", id)).data, []);
  assert.deepEqual((await bob.from("note").update({ title: "taken" }).eq("id", id).select()).data, []);
  assert.deepEqual((await anonymous.from("note").select().eq("id", id)).data, []);
  assert.equal(
    (await ann.from("note").update({ title: "still mine" }).eq("id", id).select()).data[0].title,
    "still mine",
  );
  assert.equal((await ann.from("note").delete().eq("id", id)).status, 204);
});

test("nobody writes earthquakes, and a key in apikey gives no more than the Worker's own", async () => {
  const refused = await anonymous.from("earthquake").insert({ event_id: "fake" });
  assert.deepEqual([refused.status, refused.error.code], [401, "42501"]);
  const headers = { apikey: both.supabase.serviceRoleKey, prefer: "return=minimal" };
  const smuggled = await read(`${url}/rest/v1/earthquake?event_id=eq.none`, { method: "DELETE", headers });
  assert.equal(smuggled.status, 401, "the service key in apikey alone must not count");
});

test("a token that is not valid is refused by Supabase, not taken for anonymous", async () => {
  const { status, json } = await read(`${url}/rest/v1/earthquake?limit=1`, {
    headers: { authorization: "Bearer x.y.z" },
  });
  assert.equal(status, 401);
  assert.match(json.code, /^PGRST30/);
});

test("a path can't climb out of /rest/v1/", async () => {
  const raw = (path) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const sent = request({ hostname, port, path }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      sent.on("error", reject).end();
    });
  for (const path of [
    "/rest/v1/../../auth/v1/settings",
    "/rest/v1/%2e%2e/auth/v1/settings",
    "/rest/v1/..%2fauth/v1/settings",
  ]) {
    assert.ok([400, 404].includes(await raw(path)), path);
  }
});

test("a browser may call it from anywhere, and read what supabase-js needs", async () => {
  const preflight = await read(`${url}/rest/v1/earthquake`, {
    method: "OPTIONS",
    headers: {
      origin: "https://a.example",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "apikey, prefer",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.match(preflight.headers.get("access-control-allow-methods"), /PATCH/);
  assert.equal(preflight.headers.get("access-control-allow-headers"), "apikey, prefer");
  const { headers } = await read(`${url}/rest/v1/earthquake?limit=1`);
  assert.match(headers.get("access-control-expose-headers"), /content-range/);
});

test("all rows come whole, 1,000 at a time, as Supabase limits them", async () => {
  const first = await anonymous.from("earthquake").select("event_id", { count: "exact" }).order("event_id");
  assert.deepEqual([first.data.length, first.count], [1000, 1707]);
});
