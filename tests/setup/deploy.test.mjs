// What `npm run deploy` refuses before it asks anybody for anything.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { developmentOnly, missingNeeds, settings, undeployable, usage } from "../../scripts/deploy/needs.mjs";
import { release } from "../../scripts/deploy/release.mjs";

test("a setting for development only is found wherever wrangler.toml sets it", () => {
  for (const toml of [
    '[vars]\nGATEWAY_LOOPBACK_ORIGINS = "http://127.0.0.1:3000"\n',
    '[env.production]\nvars = { A = "b", GATEWAY_LOOPBACK_ORIGINS = "http://127.0.0.1:3000" }\n',
    '[vars]\n"GATEWAY_LOOPBACK_ORIGINS"="http://127.0.0.1:3000"\n',
  ]) {
    assert.deepEqual(settings(toml, developmentOnly), developmentOnly, toml);
  }
  for (const toml of ["", '[vars]\n# GATEWAY_LOOPBACK_ORIGINS = "http://127.0.0.1:3000"\n', 'vars = { A = "b" }\n']) {
    assert.deepEqual(settings(toml, developmentOnly), [], toml);
  }
});

test("guests fetch names of the Worker's own zone from the front that guards them", () => {
  const toml = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8");
  assert.match(toml, /^compatibility_flags = \[.*"global_fetch_strictly_public".*\]$/m);
});

const names = (...given) => missingNeeds(...given).map(({ name, optional }) => `${name}${optional ? "?" : ""}`);

test("what is missing is named; what is a comment is missing", () => {
  const commented = '[vars]\n# SUPABASE_URL = "https://p.supabase.co"\n';
  assert.deepEqual(names(commented, new Set()), [
    "SUPABASE_URL",
    "SUPABASE_ANON_KEY",
    "SUPABASE_JWT_SECRET?",
    "SUPABASE_SERVICE_ROLE_KEY?",
  ]);
  const set = '[vars]\nSUPABASE_URL = "https://p.supabase.co"\n';
  assert.deepEqual(names(set, new Set(["SUPABASE_JWT_SECRET"])), ["SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY?"]);
  assert.deepEqual(names("", new Set(["SUPABASE_URL", "SUPABASE_ANON_KEY"])), [
    "SUPABASE_JWT_SECRET?",
    "SUPABASE_SERVICE_ROLE_KEY?",
  ]);
});

test("a # in a text begins no comment, and hides nothing that production may not have", () => {
  for (const toml of [
    'vars = { A = "#1", GATEWAY_LOOPBACK_ORIGINS = "x" }\n',
    "[env.production]\nvars = { A = '#', GATEWAY_LOOPBACK_ORIGINS = 'x' }\n",
    'vars = { A = "a \\" # b", GATEWAY_LOOPBACK_ORIGINS = "x" }\n',
    'vars = { A = ["#x"], GATEWAY_LOOPBACK_ORIGINS = "x" }\n',
    'vars = { "a#b" = 1, "GATEWAY_LOOPBACK_ORIGINS" = "x" }\n',
    "# it's a comment\n[vars]\n'GATEWAY_LOOPBACK_ORIGINS' = 'x'\n",
  ])
    assert.deepEqual(settings(toml, developmentOnly), developmentOnly, toml);
  assert.deepEqual(settings('A = "#1" # GATEWAY_LOOPBACK_ORIGINS = "x"\n', developmentOnly), []);
  assert.deepEqual(settings('A = "GATEWAY_LOOPBACK_ORIGINS = 1"\n', developmentOnly), []);
});

test("wrangler's own commands deploy nothing that is for development only", () => {
  const toml = '[vars]\nGATEWAY_LOOPBACK_ORIGINS = "http://localhost:3000"\n';
  for (const command of ["deploy", "versions upload"]) {
    assert.match(undeployable(toml, command), /GATEWAY_LOOPBACK_ORIGINS.*\.dev\.vars/);
    assert.equal(undeployable("[vars]\n", command), undefined);
  }
  for (const command of ["dev", undefined]) assert.equal(undeployable(toml, command), undefined);
});

test("where another issuer signs, nothing of Supabase is missing, unless functions are kept there", () => {
  const toml = '[vars]\nAUTH_ISSUER = "https://issuer.example/"\n';
  const optional = ["SUPABASE_JWT_SECRET?", "SUPABASE_SERVICE_ROLE_KEY?"];
  assert.deepEqual(names(toml, new Set()), ["AUTH_JWKS_URL?", ...optional]);
  assert.deepEqual(names("", new Set(["AUTH_ISSUER"])), ["AUTH_JWKS_URL?", ...optional]);
  for (const keys of ["AUTH_JWKS_URL", "AUTH_JWT_SECRET"]) assert.deepEqual(names(toml, new Set([keys])), optional);
  // One that is no address publishes nothing, and one that is empty is none.
  assert.deepEqual(names('[vars]\nAUTH_ISSUER = "our own"\n', new Set()), ["AUTH_JWKS_URL", ...optional]);
  assert.deepEqual(names('[vars]\nAUTH_ISSUER = ""\n', new Set()).slice(0, 2), ["SUPABASE_URL", "SUPABASE_ANON_KEY"]);
  assert.deepEqual(names(`${toml}SUPABASE_URL = ""\n`, new Set(["AUTH_JWKS_URL"])), optional);
  const half = `${toml}SUPABASE_URL = "https://p.supabase.co"\n`;
  assert.deepEqual(names(half, new Set(["AUTH_JWKS_URL"])), ["SUPABASE_ANON_KEY", ...optional]);
  const kept = names(`${toml}STORE = "supabase"\n`, new Set());
  assert.deepEqual(kept.slice(0, 2), ["SUPABASE_URL", "SUPABASE_ANON_KEY"]);
});

test("what is optional by itself is required by a setting that can't do without it", () => {
  const rest = new Set(["SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_JWT_SECRET"]);
  for (const toml of ['[vars]\nSTORE = "supabase"\n', "[env.production]\nvars = { A = 'b', STORE = 'supabase' }\n"]) {
    assert.deepEqual(names(toml, rest), ["SUPABASE_SERVICE_ROLE_KEY"], toml);
    assert.deepEqual(names(toml, new Set([...rest, "SUPABASE_SERVICE_ROLE_KEY"])), [], toml);
  }
  for (const toml of ['[vars]\nSTORE = "d1"\n', '[vars]\n# STORE = "supabase"\n', '[vars]\nRESTORE = "supabase"\n'])
    assert.deepEqual(names(toml, rest), ["SUPABASE_SERVICE_ROLE_KEY?"], toml);
});

test("each is said with what it is and how it is given", () => {
  for (const need of missingNeeds("", new Set())) {
    assert.ok(need.what.length > 20 && need.how.includes(need.name), need.name);
    assert.ok(usage.includes(need.name) && usage.includes(need.how), need.name);
  }
});

/** The steps that a release takes with a wrangler that answers so, and its exit code. */
function released(answers) {
  const steps = [];
  const wrangler = ([first, second]) => {
    const step = first === "d1" ? `d1 ${second}` : first;
    steps.push(step);
    return { code: 0, text: "", ...answers[step] };
  };
  return [release(wrangler, ["--env", "x"]), ...steps.slice(1)];
}

test("the database is migrated before the code that needs it, and a failure stops what comes after", () => {
  // In the words of wrangler 4.
  const missing = { code: 1, text: "Couldn't find a D1 DB named 'hashi' (bound as 'DB') in the API." };
  const unnamed = { code: 1, text: "Couldn't find an auto-provisioned D1 DB named 'hashi-db' for binding 'DB'." };
  assert.deepEqual(released({}), [0, "d1 migrations", "deploy"]);
  assert.deepEqual(released({ "d1 migrations": { code: 3 } }), [3, "d1 migrations"]);
  for (const first of [missing, unnamed]) {
    assert.deepEqual(released({ "d1 info": first }), [0, "deploy", "d1 migrations"], "the first deployment");
    assert.deepEqual(released({ "d1 info": first, deploy: { code: 4 } }), [4, "deploy"]);
  }
  assert.deepEqual(released({ "d1 info": { code: 1, text: "Authentication error [code: 10000]" } }), [1]);
});
