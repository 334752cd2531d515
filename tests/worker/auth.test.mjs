// Tokens that a Supabase minted, verified in real workerd: by the shared secret, and by the keys that the issuer publishes.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
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

test("RS256: a token is taken that the issuer's published key verifies, and none of another key or algorithm", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
  const issuer = createServer((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] })),
  );
  await new Promise((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${issuer.address().port}`;
  const rig = await startRig({ vars: { SUPABASE_URL: url } });
  try {
    const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: `${url}/auth/v1`,
      aud: "authenticated",
      role: "authenticated",
      sub: "ann",
      iat: now,
      exp: now + 60,
    };
    const signed = (make, header = {}) => {
      const head = `${text({ alg: "RS256", typ: "JWT", kid: "one", ...header })}.${text(claims)}`;
      return `${head}.${make(Buffer.from(head)).toString("base64url")}`;
    };
    const ask = async (token) => {
      const response = await fetch(`${rig.url}/whoami`, { headers: { authorization: `Bearer ${token}` } });
      return [response.status, await response.json()];
    };
    const [status, caller] = await ask(signed((head) => sign("sha256", head, privateKey)));
    assert.deepEqual([status, caller.sub], [200, "ann"], JSON.stringify(caller));
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const pem = publicKey.export({ type: "spki", format: "pem" });
    for (const [what, token] of Object.entries({
      "another key": signed((head) => sign("sha256", head, other)),
      "another hash": signed((head) => sign("sha512", head, privateKey)),
      "the public key as a secret": signed((head) => createHmac("sha256", pem).update(head).digest(), { alg: "HS256" }),
      "an algorithm that nobody allowed": signed((head) => sign("sha512", head, privateKey), { alg: "RS512" }),
    })) {
      assert.equal((await ask(token))[0], 401, what);
    }
  } finally {
    await rig.stop();
    issuer.close();
  }
});
