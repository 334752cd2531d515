// Users of the local Supabase, signed in by supabase-js, are who they are to the control plane: in development as in production.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "@supabase/supabase-js";
import { LOCAL_JWT_SECRET } from "../../supabase/server/start.mjs";
import { client } from "./platform.mjs";
import { startBoth } from "./product.mjs";

let both;
let api;
before(async () => {
  // As npm start does it.
  both = await startBoth({ vars: { SUPABASE_JWT_SECRET: LOCAL_JWT_SECRET } });
  api = client(both.worker.url);
});
after(() => both?.stop());

const anonymous = () => createClient(both.supabase.url, both.supabase.anonKey, { auth: { persistSession: false } });

async function signUp(name) {
  const { data, error } = await anonymous().auth.signUp({ email: `${name}@example.org`, password: "correct horse" });
  assert.equal(error, null);
  return { id: data.user.id, token: data.session.access_token };
}

test("a user makes a function that is theirs, and another user doesn't see it", async () => {
  const [ann, bob] = [await signUp("ann"), await signUp("bob")];
  const made = await api(ann.token, "POST", "/functions", { body: { name: "mine" } });
  assert.deepEqual([made.status, made.json.owner], [201, ann.id]);
  assert.equal((await api(ann.token, "GET", "/functions/mine")).status, 200);
  assert.equal((await api(bob.token, "GET", "/functions/mine")).status, 404);
});

test("the anon key is nobody, the service role is an admin that is no user", async () => {
  const body = { name: "keyed" };
  assert.equal((await api(both.supabase.anonKey, "POST", "/functions", { body })).status, 401);
  assert.equal((await api(both.supabase.serviceRoleKey, "POST", "/functions", { body })).status, 403);
  const system = { ...body, owner_type: "system" };
  assert.equal((await api(both.supabase.serviceRoleKey, "POST", "/functions", { body: system })).status, 201);
});

test("who is made an admin in the project is one at the next sign-in, and not before", async () => {
  const cat = await signUp("cat");
  const body = { name: "of-admins", owner_type: "admin" };
  assert.equal((await api(cat.token, "POST", "/functions", { body })).status, 403);
  const service = createClient(both.supabase.url, both.supabase.serviceRoleKey, { auth: { persistSession: false } });
  const { error } = await service.auth.admin.updateUserById(cat.id, { app_metadata: { role: "admin" } });
  assert.equal(error, null);
  assert.equal((await api(cat.token, "POST", "/functions", { body })).status, 403, "the old token says what it said");
  const signedIn = await anonymous().auth.signInWithPassword({ email: "cat@example.org", password: "correct horse" });
  assert.equal(signedIn.error, null);
  assert.equal((await api(signedIn.data.session.access_token, "POST", "/functions", { body })).status, 201);
});
