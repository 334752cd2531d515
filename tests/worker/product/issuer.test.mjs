// A deployment on D1 alone, without any Supabase project: whoever it names signs its users' tokens.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { raw, startPlatform, wasm } from "./platform.mjs";

const ISSUER = "https://accounts.example/";
const AUDIENCE = "hashi";
const none = { SUPABASE_URL: "", SUPABASE_ANON_KEY: "", SUPABASE_JWT_SECRET: "" };

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  const key = { ...publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" };
  response.end(JSON.stringify({ keys: [key] }));
});

let worker;
before(async () => {
  await new Promise((resolve) => keys.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (keys.address());
  worker = await startPlatform({
    vars: { ...none, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE, AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys` },
  });
});
after(async () => {
  await worker?.stop();
  keys.close();
});

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = (more) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "ann",
  exp: Math.floor(Date.now() / 1000) + 600,
  ...more,
});

function token(more, key = privateKey) {
  const text = `${encode({ alg: "ES256", typ: "JWT", kid: "k" })}.${encode(claims(more))}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

test("its users make functions, upload and call them", async () => {
  const ann = token();
  const made = await worker.api(ann, "POST", "/functions", { body: { name: "f" } });
  assert.deepEqual([made.status, made.json?.owner], [201, "ann"], made.text);
  assert.equal((await worker.api(ann, "POST", "/functions/f/upload", { body: wasm(), headers: raw })).status, 201);
  assert.equal((await worker.api(token({ sub: "bob" }), "GET", "/functions/f")).status, 404);
  const called = await fetch(`${worker.url}/functions/v1/wasm-executor`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann}`, "content-type": "application/json" },
    body: JSON.stringify({ functionId: "f", functionName: "run", args: [] }),
  });
  assert.equal(called.status, 200, await called.text());
});

const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const secret = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims({}))}`;

for (const [what, bearer] of [
  ["of another issuer", () => token({ iss: "https://other.example/" })],
  ["of no issuer", () => token({ iss: undefined })],
  ["for another audience", () => token({ aud: "authenticated" })],
  ["that is over", () => token({ exp: Math.floor(Date.now() / 1000) - 600 })],
  ["without a user", () => token({ sub: undefined })],
  [
    "of another issuer that calls it the service role",
    () => token({ iss: "https://a.example/", role: "service_role" }),
  ],
  ["for another audience that calls it the service role", () => token({ aud: "other", role: "service_role" })],
  [
    "of no issuer and for nobody, in the service role",
    () => token({ iss: undefined, aud: undefined, role: "service_role" }),
  ],
  [
    "of another issuer that calls it an admin",
    () => token({ iss: "https://a.example/", app_metadata: { role: "admin" } }),
  ],
  ["of another key", () => token({}, stranger)],
  ["signed with an empty secret", () => `${secret}.${createHmac("sha256", "").update(secret).digest("base64url")}`],
]) {
  test(`a token ${what} is refused`, async () => {
    const { status, json } = await worker.api(bearer(), "POST", "/functions", { body: { name: `n${randomUUID()}` } });
    assert.deepEqual([status, json.code], [401, "unauthorized"]);
  });
}

test("it is well, and what reads a project says that there is none", async () => {
  const health = await (await fetch(`${worker.url}/healthz`)).json();
  assert.deepEqual([health.status, health.supabase], ["ok", "none"]);
  for (const path of ["/earthquake/list", "/rest/v1/earthquakes"]) {
    const response = await fetch(worker.url + path);
    const { code, detail } = await response.json();
    assert.deepEqual([response.status, code], [500, "configuration"], path);
    assert.match(detail, /has none/);
  }
});

test("a secret is enough, whatever the issuer calls itself", async () => {
  const secret = { AUTH_JWT_SECRET: "thirty-two bytes of it, or a bit more" };
  const own = await startPlatform({ vars: { ...none, AUTH_ISSUER: "our own", ...secret } });
  // One that would have keys, of which it says nothing.
  const iss = `http://127.0.0.1:${/** @type {any} */ (keys.address()).port}`;
  const address = await startPlatform({ vars: { ...none, AUTH_ISSUER: iss, ...secret } });
  try {
    const signed = (secret) => {
      const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims({ iss: "our own", aud: "authenticated" }))}`;
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    };
    const make = (secret) => own.api(signed(secret), "POST", "/functions", { body: { name: "f" } });
    assert.equal((await make("another secret of thirty-two bytes")).status, 401);
    assert.equal((await make("thirty-two bytes of it, or a bit more")).status, 201);
    const published = await address.api(token({ iss, aud: "authenticated" }), "GET", "/functions");
    assert.deepEqual([published.status, published.json.code], [401, "unauthorized"], "and no key is asked for");
  } finally {
    await own.stop();
    await address.stop();
  }
});
