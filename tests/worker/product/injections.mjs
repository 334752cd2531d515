// Every parameter that the API's document names is text and nothing else, wherever it ends up. The same for every store.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { INJECTIONS } from "../../fixtures/injections.mjs";
import { root } from "../harness.mjs";
import { raw, wasm } from "./platform.mjs";
import { read } from "./product.mjs";

const document = JSON.parse(readFileSync(join(root, "docs", "openapi.json"), "utf8"));
const METHODS = ["get", "post", "patch", "put", "delete"];
// What a cursor hides.
const hidden = (text) => Buffer.from(text, "utf8").toString("base64url");

function followed(schema) {
  return schema.$ref
    ? schema.$ref
        .split("/")
        .slice(1)
        .reduce((at, part) => at[part], document)
    : schema;
}

/** Each parameter and each member of a JSON body: where it stands, and the request in which it says `text`. */
function* places() {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((name) => operations[name])) {
      const { parameters = [], requestBody } = operations[method];
      const json = requestBody?.content["application/json"];
      const base = { method: method.toUpperCase(), path, body: json?.example };
      for (const given of parameters) {
        const { name, in: where } = followed(given);
        yield { said: `${base.method} ${path} ${where} ${name}`, base, where, name };
      }
      for (const name of Object.keys(json ? (followed(json.schema).properties ?? {}) : {}))
        yield { said: `${base.method} ${path} body ${name}`, base, where: "body", name };
    }
  }
}

/** The request; undefined if HTTP has no way to say that. */
function request({ base, where, name }, text, own) {
  let { path } = base;
  const headers = {};
  let body = base.body && { ...base.body };
  const query = new URLSearchParams();
  if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(text.toWellFormed()));
  if (where === "query") query.set(name, text);
  if (where === "header") {
    if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
    headers[name] = text;
  }
  if (where === "body") body = { ...body, [name]: text };
  path = path.replace("{id}", own).replace("{name}", own).replace("{version}", "1").replace("/{path}", "/x");
  if (base.path.endsWith("/upload")) {
    Object.assign(headers, raw);
    body = wasm();
  } else if (body) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(body);
  }
  return [`${path}?${query}`, { method: base.method, headers, body }];
}

/**
 * Has it tested on a platform.
 *
 * @param {() => Promise<{ url: string, api: Function, owner: string, other: string, stop(): Promise<void> }>} start two users' tokens beside the Worker
 */
export function testInjections(start) {
  let worker;
  before(async () => {
    worker = await start();
  });
  after(() => worker?.stop());

  test("every parameter of every route takes text for text and nothing else", async (context) => {
    const { owner, other, url, api } = worker;
    const victim = "victim-of-injections";
    const made = await api(owner, "POST", "/functions", { body: { name: victim } });
    assert.equal(made.status, 201, made.text);
    const uploaded = await api(owner, "POST", `/functions/${victim}/upload`, { body: wasm(), headers: raw });
    assert.equal(uploaded.status, 201, uploaded.text);
    const { id } = made.json;
    const before = (await api(owner, "GET", `/functions/${victim}`)).json;
    let own = 0;
    let asked = 0;
    for (const place of places()) {
      await context.test(place.said, async () => {
        const name = `attacker-${++own}`;
        // Some of them delete it.
        const make = () => api(other, "POST", "/functions", { body: { name } });
        await make();
        await api(other, "POST", `/functions/${name}/upload`, { body: wasm(), headers: raw });
        const texts = place.name === "cursor" ? [...INJECTIONS, ...INJECTIONS.map(hidden)] : INJECTIONS;
        const times =
          place.name === "cursor" ? INJECTIONS.map((text) => hidden(`2026-11-25T12:00:00.000Z ${text}`)) : [];
        for (const text of [...texts, ...times]) {
          const sent = request(place, text, name);
          if (!sent) continue;
          const [path, options] = sent;
          options.headers.authorization = `Bearer ${other}`;
          const answer = await read(url + path, options);
          asked++;
          const said = `${text.slice(0, 40)}: ${answer.status} ${answer.text.slice(0, 200)}`;
          assert.ok(answer.status < 500, said);
          assert.ok(!answer.text.includes(id) && !answer.text.includes(victim), said);
          if (options.method === "DELETE" && answer.status < 300) await make();
        }
      });
    }
    assert.ok(asked > 500, `only ${asked} requests`);
    assert.deepEqual((await api(owner, "GET", `/functions/${victim}`)).json, before, "what was attacked is as it was");
    const { json } = await api(owner, "GET", `/functions?search=${victim}`);
    assert.deepEqual(
      json.functions.map((shown) => shown.id),
      [id],
      "and can be found",
    );
  });
}
