// The document that programs read: valid, with examples that fit, and true to what the routes answer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { root } from "../harness.mjs";
import { read } from "./product.mjs";
import { raw, startPlatform, user, wasm } from "./platform.mjs";

const document = JSON.parse(readFileSync(join(root, "docs", "openapi.json"), "utf8"));
const ajv = formats(new Ajv({ strict: false, allErrors: true }));
ajv.addFormat("uint32", true).addFormat("uint64", true).addFormat("uint16", true).addFormat("double", true);
ajv.addSchema(document, "document");

/** Fails unless `value` fits the schema at the JSON pointer `at`; members that the schema doesn't name fail, too. */
function assertFits(value, at, what) {
  const validate = ajv.compile({ $ref: `document#${at}`, unevaluatedProperties: false });
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value, null, 1)}`);
}

const pointer = (...parts) =>
  parts.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Every body in the document that has an example, as [where, schema's pointer, example]. */
function* examples() {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const bodies = Object.entries(operation.responses).map(([status, of]) => [["responses", status], of]);
      if (operation.requestBody) bodies.push([["requestBody"], operation.requestBody]);
      for (const [place, { content = {} }] of bodies) {
        for (const [type, { example }] of Object.entries(content)) {
          const at = pointer("paths", path, method, ...place, "content", type, "schema");
          if (example !== undefined) yield [`${method} ${path} ${place}`, at, example];
        }
      }
    }
  }
}

test("it is a valid OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.equal(validator.version, "3.1");
});

test("every reference leads somewhere", () => {
  const schemas = Object.keys(document.components.schemas);
  const refs = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
  for (const [, ref] of refs) assert.ok(schemas.includes(ref.replace("#/components/schemas/", "")), ref);
});

test("every example fits its schema, and every JSON body has one", () => {
  const all = [...examples()];
  assert.ok(all.length >= 10, String(all.length));
  for (const [what, at, example] of all) assertFits(example, at, what);
});

let worker;
before(async () => {
  worker = await startPlatform();
});
after(() => worker?.stop());

test("it is served as it is in docs/", async () => {
  const { status, headers, json } = await read(`${worker.url}/openapi.json`);
  assert.deepEqual([status, headers.get("content-type")], [200, "application/json"]);
  assert.deepEqual(json, document);
});

test("what the routes answer fits", async () => {
  const ann = user("ann");
  const asked = async (bearer, method, path, url, options) => {
    const answer = await worker.api(bearer, method, url, options);
    const described = document.paths[`/api/v1${path}`][method.toLowerCase()].responses[answer.status];
    assert.ok(described, `${method} ${path} answers ${answer.status}, which is not described: ${answer.text}`);
    const type = answer.headers.get("content-type");
    if (answer.json) {
      const place = [
        "paths",
        `/api/v1${path}`,
        method.toLowerCase(),
        "responses",
        answer.status,
        "content",
        type,
        "schema",
      ];
      assertFits(answer.json, pointer(...place), `${method} ${url}`);
    }
    return answer;
  };
  const body = {
    name: "fits",
    cron: "0 * * * *",
    permissions: { http_enabled: true, allowed_http_hosts: ["*.example.com"] },
  };
  await asked(ann, "POST", "/functions", "/functions", { body });
  await asked(ann, "POST", "/functions", "/functions", { body });
  await asked(undefined, "POST", "/functions", "/functions", { body });
  await asked(ann, "GET", "/functions", "/functions");
  await asked(ann, "GET", "/functions", "/functions?limit=0");
  await asked(ann, "POST", "/functions/{id}/upload", "/functions/fits/upload", { body: wasm(), headers: raw });
  await asked(ann, "POST", "/functions/{id}/upload", "/functions/fits/upload", { body: "(module)", headers: raw });
  await asked(ann, "GET", "/functions/{id}", "/functions/fits");
  await asked(undefined, "GET", "/functions/{id}", "/functions/fits");
  await asked(ann, "PATCH", "/functions/{id}", "/functions/fits", { body: { cron: null } });
  await asked(ann, "PATCH", "/functions/{id}", "/functions/fits", { body: { cron: 1 } });
  await asked(ann, "GET", "/functions/{id}/versions", "/functions/fits/versions");
  const { json } = await asked(
    ann,
    "POST",
    "/functions/{id}/versions/{version}/activate",
    "/functions/fits/versions/1/activate",
  );
  await asked(ann, "GET", "/artifacts/{id}/{version}", "/artifacts/fits/1");
  await asked(ann, "GET", "/artifacts/{id}/{version}", "/artifacts/fits/1", { headers: { range: "bytes=99-" } });
  const database = await worker.database("DB");
  await database
    .prepare(
      `insert into wasm_executions values ('0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11', ?, 'fits', null, 1, 'ann', 'http', 'failed', 'trap',
       '2026-11-25T12:00:00.000Z', 0.5, 1, 2, 0, 1, 500, '[]', 'user', 'ann', null, null)`,
    )
    .bind(json.id)
    .run();
  const { json: page } = await asked(ann, "GET", "/executions", "/executions");
  assert.equal(page.executions.length, 1);
  await asked(ann, "DELETE", "/functions/{id}", "/functions/fits");
});
