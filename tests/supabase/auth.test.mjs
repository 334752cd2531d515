/** Auth through supabase-js: sign-up, sign-in, refresh, the user, sign-out, administration, and GoTrue's errors. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor, send, signedUp, startFixture } from "./fixtures/server.mjs";

const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());

for (const asymmetric of [false, true]) {
  describe(`auth with ${asymmetric ? "ES256" : "HS256"}`, () => {
    let server;
    let admin;
    before(async () => {
      server = await startFixture({ asymmetric });
      admin = server.service.auth.admin;
    });
    after(() => server?.close());

    const client = () => clientFor(server.url, server.anonKey);
    const refused = ({ error }) => [error?.status, error?.code, error?.message];

    it("signs up and in, with Supabase's claims", async () => {
      const db = client();
      const up = await db.auth.signUp({
        email: "Ada@Example.org",
        password: "correct horse",
        options: { data: { name: "Ada" } },
      });
      assert.equal(up.error, null);
      assert.equal(up.data.user.email, "ada@example.org");
      assert.deepEqual(up.data.user.app_metadata, { provider: "email", providers: ["email"] });
      assert.equal(up.data.user.user_metadata.name, "Ada");
      const { data, error } = await db.auth.signInWithPassword({ email: "ada@example.org", password: "correct horse" });
      assert.equal(error, null);
      const { session, user } = data;
      assert.equal(session.expires_in, 3600);
      const { session_id, iat, exp, amr, ...claims } = claimsOf(session.access_token);
      assert.match(session_id, /^[0-9a-f-]{36}$/);
      assert.equal(exp - iat, 3600);
      assert.equal(amr[0].method, "password");
      assert.deepEqual(claims, {
        iss: `${server.url}/auth/v1`,
        sub: user.id,
        aud: "authenticated",
        email: "ada@example.org",
        phone: "",
        app_metadata: { provider: "email", providers: ["email"] },
        user_metadata: {
          name: "Ada",
          sub: user.id,
          email: "ada@example.org",
          email_verified: true,
          phone_verified: false,
        },
        role: "authenticated",
        aal: "aal1",
        is_anonymous: false,
      });
      const verified = await db.auth.getClaims();
      assert.equal(verified.error, null);
      assert.equal(verified.data.header.alg, asymmetric ? "ES256" : "HS256");
      assert.equal(verified.data.claims.sub, user.id);
    });

    it("refuses what GoTrue refuses, in its words", async () => {
      await signedUp(server, "taken@example.org");
      const auth = client().auth;
      assert.deepEqual(refused(await auth.signUp({ email: "taken@example.org", password: "another one" })), [
        422,
        "user_already_exists",
        "User already registered",
      ]);
      assert.deepEqual(refused(await auth.signUp({ email: "x@example.org", password: "12345" })), [
        422,
        "weak_password",
        "Password should be at least 6 characters.",
      ]);
      assert.deepEqual(refused(await auth.signUp({ email: "no address", password: "123456" })), [
        400,
        "validation_failed",
        "Unable to validate email address: invalid format",
      ]);
      assert.deepEqual(refused(await auth.signInAnonymously()), [
        422,
        "anonymous_provider_disabled",
        "Anonymous sign-ins are disabled",
      ]);
      for (const credentials of [
        { email: "taken@example.org", password: "wrong" },
        { email: "nobody@example.org", password: "correct horse" },
      ]) {
        assert.deepEqual(refused(await auth.signInWithPassword(credentials)), [
          400,
          "invalid_credentials",
          "Invalid login credentials",
        ]);
      }
    });

    it("answers older clients with code, error_code and msg", async () => {
      const headers = { "Content-Type": "application/json" };
      const wrong = await send(server, "/auth/v1/token?grant_type=password", {
        method: "POST",
        headers,
        body: '{"email":"a@b.c","password":"x"}',
      });
      assert.deepEqual(
        [wrong.status, wrong.json()],
        [400, { code: 400, error_code: "invalid_credentials", msg: "Invalid login credentials" }],
      );
      const noUser = await send(server, "/auth/v1/user");
      assert.deepEqual([noUser.status, noUser.json().error_code], [401, "no_authorization"]);
      for (const body of [
        "{",
        "[]",
        "7",
        '{"email": {"a": 1}, "password": 5}',
        '{"email":"a@b.c","password":"\\u0000"}',
      ]) {
        const answer = await send(server, "/auth/v1/signup", { method: "POST", headers, body });
        assert.equal(answer.status, 400, `${body}: ${answer.text}`);
      }
      assert.equal((await send(server, "/auth/v1/settings")).json().external.email, true);
      assert.equal((await fetch(`${server.url}/auth/v1/health`)).status, 200);
    });

    it("stores no password", async () => {
      await signedUp(server, "stored@example.org", "a very secret word");
      const { rows } = await server.db.query("select row_to_json(u)::text as row from auth.users u");
      assert.ok(rows.length > 0 && rows.every(({ row }) => !row.includes("a very secret word")));
    });

    it("rotates refresh tokens, and ends the session when an old one comes back", async () => {
      const db = await signedUp(server, "rotate@example.org");
      const first = db.session.refresh_token;
      const second = (await db.auth.refreshSession({ refresh_token: first })).data.session.refresh_token;
      assert.notEqual(second, first);
      const again = await client().auth.refreshSession({ refresh_token: first });
      assert.equal(again.data.session.refresh_token, second, "a lost answer may be asked for again");
      const third = (await client().auth.refreshSession({ refresh_token: second })).data.session.refresh_token;
      await server.db.exec("update auth.refresh_tokens set updated_at = now() - interval '1 minute'");
      assert.deepEqual(refused(await client().auth.refreshSession({ refresh_token: first })), [
        400,
        "refresh_token_already_used",
        "Invalid Refresh Token: Already Used",
      ]);
      assert.equal(
        (await client().auth.refreshSession({ refresh_token: third })).error?.code,
        "refresh_token_already_used",
      );
      assert.equal(
        (await client().auth.refreshSession({ refresh_token: "made up" })).error?.code,
        "refresh_token_not_found",
      );
    });

    it("shows and changes the signed-in user", async () => {
      const db = await signedUp(server, "self@example.org");
      assert.equal((await db.auth.getUser()).data.user.email, "self@example.org");
      const changed = await db.auth.updateUser({
        email: "new@example.org",
        password: "battery staple",
        data: { colour: "red" },
      });
      assert.equal(changed.error, null);
      assert.equal(changed.data.user.user_metadata.colour, "red");
      assert.deepEqual(refused(await db.auth.updateUser({ password: "battery staple" })), [
        422,
        "same_password",
        "New password should be different from the old password.",
      ]);
      assert.equal(
        (await client().auth.signInWithPassword({ email: "new@example.org", password: "battery staple" })).error,
        null,
      );
      assert.equal(
        (await client().auth.signInWithPassword({ email: "self@example.org", password: "correct horse" })).error?.code,
        "invalid_credentials",
      );
    });

    it("signs out: here, elsewhere or everywhere", async () => {
      const one = await signedUp(server, "out@example.org");
      const two = client();
      await two.auth.signInWithPassword({ email: "out@example.org", password: "correct horse" });
      const token = one.session.access_token;
      await two.auth.signOut({ scope: "others" });
      assert.equal((await client().auth.getUser(token)).error?.name, "AuthSessionMissingError");
      assert.equal((await two.auth.getUser()).error, null);
      const second = (await two.auth.getSession()).data.session;
      await two.auth.signOut();
      assert.equal(
        (await client().auth.refreshSession({ refresh_token: second.refresh_token })).error?.code,
        "refresh_token_not_found",
      );
    });

    it("lets the service role administrate users, and nobody else", async () => {
      const { data, error } = await admin.createUser({
        email: "boss@example.org",
        password: "correct horse",
        email_confirm: true,
        user_metadata: { name: "Boss" },
        app_metadata: { role: "admin" },
      });
      assert.equal(error, null);
      const { id } = data.user;
      const db = client();
      const { data: signedIn } = await db.auth.signInWithPassword({
        email: "boss@example.org",
        password: "correct horse",
      });
      assert.equal(claimsOf(signedIn.session.access_token).app_metadata.role, "admin");
      assert.equal((await admin.getUserById(id)).data.user.email, "boss@example.org");
      const list = await admin.listUsers({ page: 1, perPage: 2 });
      assert.equal(list.data.users.length, 2);
      assert.ok(list.data.total > 2);
      assert.equal(
        (await admin.updateUserById(id, { app_metadata: { role: null, team: "x" } })).data.user.app_metadata.team,
        "x",
      );
      assert.equal((await admin.getUserById(id)).data.user.app_metadata.role, undefined);
      assert.deepEqual(refused(await admin.createUser({ email: "boss@example.org", password: "correct horse" })), [
        422,
        "email_exists",
        "A user with this email address has already been registered",
      ]);
      assert.deepEqual(refused(await db.auth.admin.listUsers()), [403, "not_admin", "User not allowed"]);
      assert.equal((await db.auth.admin.deleteUser(id)).error?.code, "not_admin");
      assert.equal((await admin.deleteUser(id)).error, null);
      assert.equal((await admin.getUserById(id)).error?.code, "user_not_found");
      assert.equal((await db.auth.getUser()).error?.code, "user_not_found");
    });

    it("lets in neither the unconfirmed nor the banned", async () => {
      const { data } = await admin.createUser({ email: "later@example.org", password: "correct horse" });
      const credentials = { email: "later@example.org", password: "correct horse" };
      assert.equal((await client().auth.signInWithPassword(credentials)).error?.code, "email_not_confirmed");
      await admin.updateUserById(data.user.id, { email_confirm: true, ban_duration: "1h" });
      assert.equal((await client().auth.signInWithPassword(credentials)).error?.code, "user_banned");
      await admin.updateUserById(data.user.id, { ban_duration: "none" });
      assert.equal((await client().auth.signInWithPassword(credentials)).error, null);
    });
  });
}

describe("expiry", () => {
  it("answers an expired access token with PGRST303, and refreshes", async () => {
    const server = await startFixture({ jwtExpiry: -60 });
    try {
      const up = await send(server, "/auth/v1/signup", {
        method: "POST",
        body: '{"email":"old@example.org","password":"correct horse"}',
      });
      const { access_token, refresh_token } = up.json();
      const rest = await send(server, "/rest/v1/note", { headers: { Authorization: `Bearer ${access_token}` } });
      assert.deepEqual(
        [rest.status, rest.json()],
        [401, { code: "PGRST303", details: null, hint: null, message: "JWT expired" }],
      );
      const user = await send(server, "/auth/v1/user", { headers: { Authorization: `Bearer ${access_token}` } });
      assert.deepEqual([user.status, user.json().error_code], [403, "bad_jwt"]);
      const refreshed = await send(server, "/auth/v1/token?grant_type=refresh_token", {
        method: "POST",
        body: JSON.stringify({ refresh_token }),
      });
      assert.equal(refreshed.status, 200);
    } finally {
      await server.close();
    }
  });
});
