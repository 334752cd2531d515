// The document that programs read: valid, with examples that fit, and true to what the routes answer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { root } from "../harness.mjs";
import { exchange } from "../raw.mjs";
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
  const there = ["schemas", "responses"].flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
  );
  const refs = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
  for (const [, ref] of refs) assert.ok(there.includes(ref), ref);
});

test("operations have names of their own", () => {
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((of) => of.operationId));
  assert.equal(new Set(ids).size, ids.length, ids.join());
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

// What a client may go by, and so has to be told of.
const TELLING = [
  "etag",
  "location",
  "retry-after",
  "www-authenticate",
  "content-range",
  "idempotent-replayed",
  "allow",
  "link",
];

/** Fails unless the document describes an answer: its status, its headers, its body and, of a problem, its code. */
function assertDescribed(method, path, { status, headers, text, json }) {
  const said = `${method} ${path} answers ${status}: ${text}`;
  const { responses } = document.paths[path][method.toLowerCase()];
  const which = status in responses ? status : "default";
  assert.ok(responses[which], `${said}, which is not described`);
  const at = responses[which].$ref?.slice(1) ?? pointer("paths", path, method.toLowerCase(), "responses", which);
  const answer = at
    .split("/")
    .slice(1)
    .reduce((of, part) => of[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  const named = Object.keys(answer.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of TELLING.filter((name) => headers.has(name)))
    assert.ok(named.includes(name), `${said}, with ${name}, which is not described`);
  if (json) assertFits(json, at + pointer("content", headers.get("content-type"), "schema"), said);
}

test("what the routes answer fits", async () => {
  const ann = user("ann");
  const asked = async (bearer, method, path, url, options) => {
    const answer = await worker.api(bearer, method, url, options);
    assertDescribed(method, `/api/v1${path}`, answer);
    return answer;
  };
  const body = {
    name: "fits",
    cron: "0 * * * *",
    permissions: { http_enabled: true, allowed_http_hosts: ["*.example.com"] },
  };
  const headers = { "idempotency-key": "fits" };
  await asked(ann, "POST", "/functions", "/functions", { body, headers });
  const replayed = await asked(ann, "POST", "/functions", "/functions", { body, headers });
  assert.equal(replayed.headers.get("idempotent-replayed"), "true");
  await asked(ann, "POST", "/functions", "/functions", { body });
  const wrong = await asked("a.b.c", "POST", "/functions", "/functions", { body });
  assert.ok(wrong.headers.has("www-authenticate"));
  await asked(undefined, "POST", "/functions", "/functions", { body });
  await asked(ann, "GET", "/functions", "/functions");
  await asked(ann, "GET", "/functions", "/functions?limit=0");
  await asked(ann, "POST", "/functions/{id}/upload", "/functions/fits/upload", { body: wasm(), headers: raw });
  await asked(ann, "POST", "/functions/{id}/upload", "/functions/fits/upload", { body: "(module)", headers: raw });
  await asked(ann, "GET", "/functions/{id}", "/functions/fits");
  const { headers: current } = await asked(ann, "GET", "/functions/{id}", "/functions/fits");
  const known = { "if-none-match": current.get("etag") };
  assert.equal((await asked(ann, "GET", "/functions/{id}", "/functions/fits", { headers: known })).status, 304);
  const stale = { headers: { "if-match": '"0"' } };
  assert.equal((await asked(ann, "DELETE", "/functions/{id}", "/functions/fits", stale)).status, 412);
  await asked(undefined, "GET", "/functions/{id}", "/functions/fits");
  for (const [method, path] of [
    ["GET", "/functions/{id}"],
    ["PATCH", "/functions/{id}"],
    ["DELETE", "/functions/{id}"],
    ["POST", "/functions/{id}/upload"],
    ["GET", "/functions/{id}/versions"],
    ["POST", "/functions/{id}/versions/{version}/activate"],
    ["GET", "/artifacts/{id}/{version}"],
  ]) {
    const { json } = await asked(ann, method, path, path.replace("{id}", "%ff").replace("{version}", "1"));
    assert.equal(json.code, "malformed_path", path);
  }
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
  for (const range of ["bytes=99-", "bytes=1-3"])
    await asked(ann, "GET", "/artifacts/{id}/{version}", "/artifacts/fits/1", { headers: { range } });
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

test("what calls of functions are answered fits", async () => {
  const ann = user("ann");
  const call = async (body) => {
    const headers = { authorization: `Bearer ${ann}`, "content-type": "application/json" };
    const path = "/functions/v1/wasm-executor";
    const answer = await read(worker.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assertDescribed("POST", path, answer);
    return answer;
  };
  for (const name of ["empty", "runs"])
    await worker.api(ann, "POST", "/functions", { body: { name, entrypoint: "run", trigger: "anonymous" } });
  await worker.api(ann, "POST", "/functions/runs/upload", { body: wasm(), headers: raw });
  for (const [body, status, code] of [
    [{ moduleId: "runs", args: [] }, 200],
    [{ moduleId: "runs", args: [1] }, 400, "invalid_argument"],
    [{ moduleId: "runs", functionName: "walk", args: [] }, 404, "export_not_found"],
    [{ moduleId: "empty" }, 404, "module_not_found"],
    [{ moduleId: "nowhere" }, 404, "module_not_found"],
  ]) {
    const answer = await call(body);
    assert.deepEqual([answer.status, answer.json.code], [status, code], answer.text);
  }
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const below of ["", "/", "/{path}"]) {
      for (const [name, code] of [
        ["empty", "module_not_found"],
        ["runs", "export_not_found"],
        ["nowhere", "not_found"],
        ["%ff", "malformed_path"],
      ]) {
        const answer = await read(`${worker.url}/fn/${name}${below.replace("{path}", "a/b")}`, { method });
        assertDescribed(method, `/fn/{name}${below}`, answer);
        if (method !== "HEAD") assert.equal(answer.json.code, code, `${method} ${name}${below}`);
      }
    }
  }
});

test("that a body stalls is described where it is answered", async () => {
  const ann = user("ann");
  await worker.api(ann, "POST", "/functions", { body: { name: "stalls" } });
  const stalled = async (method, path, url = path) => {
    const head = [`${method} ${url} HTTP/1.1`, "host: hashi", "connection: close", `authorization: Bearer ${ann}`];
    const more = ["content-type: application/json", "content-length: 100"];
    const { status, headers, body } = await exchange(worker.port, [...head, ...more], "{", 20_000);
    assert.equal(status, 408, `${method} ${url}: ${body}`);
    assertDescribed(method, path, { status, headers: new Headers(headers), text: body, json: JSON.parse(body) });
  };
  await Promise.all([
    stalled("POST", "/api/v1/functions"),
    stalled("PATCH", "/api/v1/functions/{id}", "/api/v1/functions/stalls"),
    stalled("POST", "/functions/v1/wasm-executor"),
  ]);
});

test("that there were too many requests is described wherever it is answered", async () => {
  const few = (options) => ({
    ...options,
    ratelimits: { CALLER_RATE: { ...options.ratelimits.CALLER_RATE, simple: { limit: 1, period: 10 } } },
  });
  const limited = await startPlatform({ change: few });
  try {
    for (const [path, methods] of Object.entries(document.paths)) {
      const url = limited.url + path.replace("{version}", "1").replaceAll(/[{}]/g, "");
      for (const method of Object.keys(methods)) {
        const ask = () => read(url, { method: method.toUpperCase(), headers: { authorization: "Bearer a.b.c" } });
        // The first may be refused for its token; a period may end before the second.
        let answer;
        for (let times = 0; answer?.status !== 429 && times < 4; times += 1) answer = await ask();
        assert.equal(answer.status, 429, `${method} ${path}: ${answer.text}`);
        assert.ok(answer.headers.has("retry-after"));
        assertDescribed(method, path, answer);
      }
    }
  } finally {
    await limited.stop();
  }
});
