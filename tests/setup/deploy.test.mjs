// What a deployment lacks is named before anything is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingNeeds, usage } from "../../scripts/deploy/needs.mjs";

const names = (...given) => missingNeeds(...given).map(({ name, optional }) => `${name}${optional ? "?" : ""}`);

test("what is missing is named; what is a comment is missing", () => {
  const commented = '[vars]\n# SUPABASE_URL = "https://p.supabase.co"\n';
  assert.deepEqual(names(commented, new Set()), ["SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_JWT_SECRET?"]);
  const set = '[vars]\nSUPABASE_URL = "https://p.supabase.co"\n';
  assert.deepEqual(names(set, new Set(["SUPABASE_JWT_SECRET"])), ["SUPABASE_ANON_KEY"]);
  assert.deepEqual(names("", new Set(["SUPABASE_URL", "SUPABASE_ANON_KEY"])), ["SUPABASE_JWT_SECRET?"]);
});

test("each is said with what it is and how it is given", () => {
  for (const need of missingNeeds("", new Set())) {
    assert.ok(need.what.length > 20 && need.how.includes(need.name), need.name);
    assert.ok(usage.includes(need.name) && usage.includes(need.how), need.name);
  }
});
