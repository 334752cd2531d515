// Tokens that a Supabase minted, verified in real workerd: by the shared secret, and by the keys that the issuer publishes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "@supabase/supabase-js";
import { startSupabase } from "../supabase/server/start.mjs";
import { startRig } from "./harness.mjs";

for (const asymmetric of [false, true]) {
  const algorithm = asymmetric ? "ES256" : "HS256";
  let supabase;
  let rig;
  let token;
  let user;
  before(async () => {
    supabase = await startSupabase({ asymmetric });
    const vars = { SUPABASE_URL: supabase.url, ...(asymmetric ? {} : { SUPABASE_JWT_SECRET: supabase.jwtSecret }) };
    rig = await startRig({ vars });
    const client = createClient(supabase.url, supabase.anonKey, { auth: { persistSession: false } });
    const { data, error } = await client.auth.signUp({ email: "ann@example.org", password: "correct horse" });
    assert.equal(error, null);
    token = data.session.access_token;
    user = data.user;
  });
  after(async () => {
    await rig?.stop();
    await supabase?.close();
  });

  const whoami = async (bearer) => {
    const response = await fetch(`${rig.url}/whoami`, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
    return { status: response.status, ...(await response.json()) };
  };
  const forged = (change) => {
    const [header, claims, signature] = token.split(".");
    const parts = { header: JSON.parse(atob(header)), claims: JSON.parse(atob(claims)), signature };
    change(parts);
    const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${text(parts.header)}.${text(parts.claims)}.${parts.signature}`;
  };

  test(`${algorithm}: a signed-in user is known, alone and among 30 at once`, async () => {
    assert.equal(JSON.parse(atob(token.split(".")[0])).alg, algorithm);
    const seen = await Promise.all(Array.from({ length: 30 }, () => whoami(token)));
    for (const { status, sub, role, email } of seen)
      assert.deepEqual([status, sub, role, email], [200, user.id, "authenticated", "ann@example.org"]);
  });

  test(`${algorithm}: nobody else gets in`, async () => {
    const refusals = {
      "another user's claims": [
        forged(({ claims }) => Object.assign(claims, { sub: "00000000-0000-4000-8000-000000000000" })),
        "jwt_signature",
      ],
      "a later end": [forged(({ claims }) => Object.assign(claims, { exp: claims.exp + 1000 })), "jwt_signature"],
      "no algorithm": [forged(({ header }) => Object.assign(header, { alg: "none" })), "jwt_algorithm"],
      "no token": [undefined, "authorization: expected Bearer and a token"],
      garbage: ["a.b.c", "jwt_malformed"],
    };
    for (const [what, [bearer, detail]] of Object.entries(refusals)) {
      const answer = await whoami(bearer);
      assert.deepEqual([answer.status, answer.detail], [401, detail], what);
    }
  });

  test(`${algorithm}: no token and no key reaches the log`, () => {
    for (const { text } of rig.logs) assert.ok(!text.includes(token) && !text.includes(supabase.jwtSecret), text);
  });
}
