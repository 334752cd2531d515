// What `npm run deploy` refuses before it asks anybody for anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { developmentOnly, settings } from "../../scripts/deploy/needs.mjs";

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
