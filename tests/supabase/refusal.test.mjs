/** What the server refuses: bad tokens, bad queries, and every attempt to put SQL where a name or a value belongs. */
import assert from "node:assert/strict";
import { createHmac, createPublicKey } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { clientFor, send, startFixture } from "./fixtures/server.mjs";

const ATTACKS = [
  "'; drop table public.secret; --",
  '"; drop table public.secret; --',
  '") union select id, word from public.secret --',
  "1) or (1=1",
  "x' or '1'='1",
  "\\'; drop table public.secret; --",
  "$1; drop table public.secret",
  "$$; drop table public.secret; $$",
  "id) from public.secret --",
  "*/ drop table public.secret /*",
  "a::text from public.secret --",
  "\u0000'; drop table public.secret; --",
  "%00",
  '{"a":"}',
  "((((((((((",
  "é'\"\\;--",
];

describe("refusals", () => {
  let server;
  before(async () => {
    server = await startFixture();
  });
  after(() => server?.close());

  const now = () => Math.floor(Date.now() / 1000);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const withToken = (token) =>
    send(server, "/rest/v1/city?select=id&limit=1", { headers: { Authorization: `Bearer ${token}` } });

  it("asks for a valid API key", async () => {
    const none = await fetch(`${server.url}/rest/v1/city`);
    assert.equal(none.status, 401);
    assert.equal((await none.json()).message, "No API key found in request");
    const wrong = await clientFor(server.url, "nonsense").from("city").select();
    assert.deepEqual([wrong.status, wrong.error.message], [401, "Invalid API key"]);
    const byQuery = await fetch(`${server.url}/rest/v1/city?select=id&id=eq.1&apikey=${server.anonKey}`);
    assert.deepEqual(await byQuery.json(), [{ id: 1 }]);
  });

  it("accepts tokens of both algorithms", async () => {
    const claims = { role: "authenticated", sub: "6f1e9a6e-6a39-4b7a-8f0c-0d7f7f3a5b11", exp: now() + 60 };
    for (const token of [server.tokens.signSymmetric(claims), server.tokens.signAsymmetric(claims)]) {
      assert.equal((await withToken(token)).status, 200);
    }
  });

  it("refuses tokens that are expired, early, forged or of the wrong kind", async () => {
    const sign = (claims) => server.tokens.signSymmetric({ role: "anon", ...claims });
    const jwk = server.tokens.jwks().keys[0];
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    const confused = `${encode({ alg: "HS256", typ: "JWT", kid: jwk.kid })}.${encode({ role: "service_role" })}`;
    const good = sign({ exp: now() + 60 });
    const [header, , signature] = good.split(".");
    const cases = [
      [sign({ exp: now() - 60 }), "PGRST303", "JWT expired"],
      [sign({ nbf: now() + 600 }), "PGRST303", "JWT not yet valid"],
      [sign({ exp: "soon" }), "PGRST303", "The JWT 'exp' claim must be a number"],
      [
        `${encode({ alg: "none", typ: "JWT" })}.${encode({ role: "service_role" })}.`,
        "PGRST301",
        "Wrong or unsupported encoding algorithm",
      ],
      [
        `${confused}.${createHmac("sha256", pem).update(confused).digest("base64url")}`,
        "PGRST301",
        "No suitable key or wrong key type",
      ],
      [
        `${confused}.${createHmac("sha256", JSON.stringify(jwk)).update(confused).digest("base64url")}`,
        "PGRST301",
        "No suitable key or wrong key type",
      ],
      [`${header}.${encode({ role: "service_role" })}.${signature}`, "PGRST301", "No suitable key or wrong key type"],
      ["a.b", "PGRST301", "Expected 3 parts in JWT; got 2"],
      ["a.b.c", "PGRST301", "JWT cryptographic operation failed"],
    ];
    for (const [token, code, message] of cases) {
      const answer = await withToken(token);
      assert.deepEqual([answer.status, answer.json().code, answer.json().message], [401, code, message]);
      assert.match(answer.headers.get("www-authenticate"), /^Bearer error="invalid_token"/);
    }
  });

  it("refuses a role that is no API role", async () => {
    for (const role of ["postgres", "supabase_admin", "nobody", "anon; reset role", 'a"b']) {
      const answer = await withToken(server.tokens.signSymmetric({ role, exp: now() + 60 }));
      assert.ok([400, 401, 403].includes(answer.status), `${role}: ${answer.status} ${answer.text}`);
    }
  });

  it("names the schemas and the paths that there are", async () => {
    const schema = await send(server, "/rest/v1/users", { headers: { "Accept-Profile": "auth" } });
    assert.deepEqual(
      [schema.status, schema.json().code, schema.json().message],
      [406, "PGRST106", "Invalid schema: auth"],
    );
    const cases = [
      ["/rest/v1/citty", "GET", 404, "PGRST205"],
      ["/rest/v1/city/1", "GET", 404, "PGRST125"],
      ["/rest/v1/pg_roles", "GET", 404, "PGRST205"],
      ["/rest/v1/auth.users", "GET", 404, "PGRST205"],
      ["/rest/v1/city", "PROPFIND", 405, "PGRST117"],
      ["/rest/v1/rpc/whoami", "DELETE", 405, "PGRST101"],
    ];
    for (const [target, method, status, code] of cases) {
      const answer = await send(server, target, { method });
      assert.deepEqual([answer.status, answer.json().code], [status, code], target);
    }
    const elsewhere = await send(server, "/storage/v2/x");
    assert.deepEqual([elsewhere.status, elsewhere.json()], [404, { message: "no Route matched with those values" }]);
    assert.equal((await send(server, "/rest/v1/city", { headers: { Accept: "image/png" } })).json().code, "PGRST107");
    assert.equal((await send(server, "/rest/v1/%zz")).status, 400);
  });

  it("answers queries that it can't parse with PGRST100 and the place", async () => {
    const cases = [
      "select=",
      "select=id,",
      "select=id)",
      "select=id(",
      "select=id::",
      "select=id.sum(",
      "id=1",
      "id=eq",
      "id=foo.1",
      "id=in.1",
      "id=in.(1",
      "id=is.maybe",
      "or=id.eq.1",
      "or=(id.eq.1",
      "or=()",
      "order=id.up",
      "order=",
      "limit=x",
      "offset=1.5",
      "select=...city",
      'select="id',
    ];
    for (const query of cases) {
      const answer = await send(server, `/rest/v1/city?${query}`);
      if (query === "select=") assert.equal(answer.status, 200, "an empty select means every column");
      else assert.deepEqual([answer.status, answer.json().code], [400, "PGRST100"], `${query}: ${answer.text}`);
    }
    const { message, details } = (await send(server, "/rest/v1/city?id=foo.1")).json();
    assert.equal(message, '"failed to parse filter (foo.1)" (line 1, column 1)');
    assert.equal(details, 'unexpected "f" expecting operator (eq, gt, ...)');
    const deep = `${"and(".repeat(500)}id.eq.1${")".repeat(500)}`;
    assert.equal((await send(server, `/rest/v1/city?or=(${deep})`)).json().code, "PGRST100");
    const nested = `${"city(".repeat(200)}id${")".repeat(200)}`;
    assert.equal((await send(server, `/rest/v1/city?select=${nested}`)).json().code, "PGRST100");
  });

  it("lets no text out of its place, in any parameter", async () => {
    const places = (text) => {
      const value = encodeURIComponent(text);
      const quoted = encodeURIComponent(`"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
      return [
        `city?select=${value}`,
        `city?select=${quoted}`,
        `city?select=id,x:${quoted}`,
        `city?select=id::${value}`,
        `city?select=name->>${value}`,
        `city?select=country(${quoted})`,
        `city?select=${quoted}(id)`,
        `city?select=country!${quoted}(id)`,
        `city?name=eq.${value}`,
        `city?name=in.(${quoted})`,
        `city?name=in.(${value})`,
        `city?name=like(any).{${value}}`,
        `city?${value}=eq.1`,
        `city?${quoted}=eq.1`,
        `city?or=(name.eq.${value})`,
        `city?or=(name.eq.${quoted})`,
        `city?or=(${quoted}.eq.1)`,
        `city?order=${value}`,
        `city?order=${quoted}.desc`,
        `city?order=id.${value}`,
        `city?limit=${value}`,
        `city?offset=${value}`,
        `city?name=fts(${value}).x`,
        `city?name=fts.${value}`,
        `city?name=is.${value}`,
        `reading?labels=cs.${value}`,
        `reading?detail->>${value}=eq.1`,
        `reading?span=sl.${value}`,
        `city?select=country(name)&country.name=eq.${value}`,
        `city?select=country(name)&country.order=${quoted}`,
        `city?columns=${quoted}`,
        value,
        `rpc/${value}`,
        `rpc/evens?upto=${value}`,
        `rpc/pair?a=1&b=${value}`,
        `rpc/pair?${value}=1`,
      ];
    };
    for (const attack of ATTACKS) {
      const answers = await Promise.all(places(attack).map((place) => send(server, `/rest/v1/${place}`)));
      for (const [index, answer] of answers.entries()) {
        const place = places(attack)[index];
        assert.ok(answer.status < 500 && !answer.text.includes("xyzzy"), `${place}: ${answer.status} ${answer.text}`);
      }
    }
    assert.equal((await server.service.from("secret").select("word").single()).data.word, "xyzzy");
  });

  it("lets no text out of its place in headers, claims and bodies", async () => {
    for (const attack of ATTACKS.filter((text) => !text.includes("\u0000") && !text.includes("é"))) {
      const headers = {
        Prefer: `timezone=${attack}`,
        "Accept-Profile": attack,
        "X-Test": attack,
        Cookie: attack,
        Range: attack,
        Accept: attack,
      };
      for (const [name, value] of Object.entries(headers)) {
        const answer = await send(server, "/rest/v1/city?select=id", { headers: { [name]: value } });
        assert.ok(
          answer.status < 500 && !answer.text.includes("xyzzy"),
          `${name}: ${value}: ${answer.status} ${answer.text}`,
        );
      }
      const token = server.tokens.signSymmetric({ role: "anon", sub: attack, email: attack, exp: now() + 60 });
      assert.equal((await withToken(token)).status, 200);
      const targets = [
        ["tally", { [attack]: 1 }],
        ["tally", { kind: attack, day: attack, amount: attack }],
        [`tally?on_conflict=${encodeURIComponent(`"${attack}"`)}`, { kind: attack }],
        ["rpc/keep_named", { value: attack }],
        ["rpc/pair", { a: attack }],
        ["rpc/pair", { [attack]: 1 }],
      ];
      for (const [target, body] of targets) {
        const answer = await send(server, `/rest/v1/${target}`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Prefer: "resolution=merge-duplicates" },
          body: JSON.stringify(body),
        });
        assert.ok(answer.status < 500 && !answer.text.includes("xyzzy"), `${target}: ${answer.status} ${answer.text}`);
      }
    }
    assert.equal((await server.service.from("secret").select("word").single()).data.word, "xyzzy");
  });

  it("answers browsers' preflight and exposes the headers that clients read", async () => {
    const preflight = await fetch(`${server.url}/rest/v1/city`, {
      method: "OPTIONS",
      headers: { Origin: "http://x", "Access-Control-Request-Headers": "apikey,x-client-info" },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers.get("access-control-allow-headers"), "apikey,x-client-info");
    assert.match(preflight.headers.get("access-control-allow-methods"), /PATCH/);
    const answer = await send(server, "/rest/v1/city");
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.match(answer.headers.get("access-control-expose-headers"), /Content-Range/);
  });

  it("survives values that are nested too deep for Postgres", async () => {
    for (const depth of [100_000, 1_000_000]) {
      const answer = await send(server, "/rest/v1/rpc/keep_named", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: `{"value": ${"[".repeat(depth)}${"]".repeat(depth)}}`,
      });
      assert.equal(answer.status, 500);
      assert.match(answer.json().code, /^(54001|57P02)$/);
      assert.equal((await send(server, "/rest/v1/city?id=eq.1")).status, 200);
    }
    const whoami = (await send(server, "/rest/v1/rpc/whoami")).json();
    assert.deepEqual([whoami.current_user, whoami.session_user], ["anon", "authenticator"]);
  });

  it("refuses a body past its limit and lives on", async () => {
    const answer = await send(server, "/rest/v1/rpc/keep_named", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "x".repeat(33 * 1024 * 1024),
    });
    assert.equal(answer.status, 413);
    assert.equal((await send(server, "/rest/v1/city?id=eq.1")).status, 200);
  });
});
