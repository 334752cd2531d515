// Quotas, rate limits, conditions: what keeps one caller from taking all, and two from overwriting each other.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exchange, trickle } from "../raw.mjs";
import { read } from "./product.mjs";
import { guest, largeWasm, raw, service, sha256, startPlatform, user, wasm } from "./platform.mjs";

let worker;
before(async () => {
  worker = await startPlatform({ vars: { FUNCTIONS_PER_USER: "2", STORAGE_PER_USER_MIB: "1" } });
});
after(() => worker?.stop());

const api = (...request) => worker.api(...request);

test("a user has as many functions as they may, and another user theirs", async () => {
  const [ann, bob] = [user("ann"), user("bob")];
  for (const name of ["a1", "a2"]) assert.equal((await api(ann, "POST", "/functions", { body: { name } })).status, 201);
  const third = await api(ann, "POST", "/functions", { body: { name: "a3" } });
  assert.deepEqual([third.status, third.json.code], [403, "quota_exceeded"]);
  assert.match(third.json.detail, /2 functions/);
  assert.equal((await api(bob, "POST", "/functions", { body: { name: "a3" } })).status, 201);
  assert.equal((await api(ann, "DELETE", "/functions/a1")).status, 204);
  assert.equal((await api(ann, "POST", "/functions", { body: { name: "a4" } })).status, 201);
});

test("a user has as many bytes as they may", async () => {
  const cat = user("cat");
  await api(cat, "POST", "/functions", { body: { name: "bytes" } });
  const upload = (bytes) => api(cat, "POST", "/functions/bytes/upload", { body: bytes, headers: raw });
  assert.equal((await upload(largeWasm(700_000, 1))).status, 201);
  const second = await upload(largeWasm(700_000, 2));
  assert.deepEqual([second.status, second.json.code], [403, "quota_exceeded"]);
  const { json } = await api(cat, "GET", "/functions/bytes/versions");
  assert.equal(json.versions.length, 1, "nothing is half-visible");
  assert.equal((await upload(largeWasm(300_000, 3))).status, 201);
});

test("who uploads and deletes in turn gets no further than their bytes", async () => {
  const deb = user("deb");
  const round = async (bytes) => {
    assert.equal((await api(deb, "POST", "/functions", { body: { name: "turns" } })).status, 201);
    const uploaded = await api(deb, "POST", "/functions/turns/upload", { body: bytes, headers: raw });
    assert.equal((await api(deb, "DELETE", "/functions/turns")).status, 204);
    return [uploaded.status, uploaded.json.code];
  };
  assert.deepEqual(await round(largeWasm(900_000, 11)), [201, undefined]);
  assert.deepEqual(await round(largeWasm(900_000, 12)), [403, "quota_exceeded"]);
  assert.deepEqual(await round(largeWasm(900_000, 11)), [201, undefined], "the same bytes take no more room");
  assert.deepEqual(await round(largeWasm(100_000, 13)), [201, undefined], "what there is room for");
  assert.deepEqual(await round(largeWasm(100_000, 14)), [403, "quota_exceeded"]);
  const eli = user("eli");
  assert.equal((await api(eli, "POST", "/functions", { body: { name: "theirs" } })).status, 201);
  const theirs = await api(eli, "POST", "/functions/theirs/upload", { body: largeWasm(900_000, 11), headers: raw });
  assert.equal(theirs.status, 201, "another user's upload of the same bytes");
});

test("a change names the revision that it was made for, or changes whatever is there", async () => {
  const dan = user("dan");
  await api(dan, "POST", "/functions", { body: { name: "raced" } });
  const read = await api(dan, "GET", "/functions/raced");
  const etag = read.headers.get("etag");
  assert.equal(etag, `"${read.json.id}-r1"`);
  const known = await api(dan, "GET", "/functions/raced", { headers: { "if-none-match": etag } });
  assert.deepEqual([known.status, known.text], [304, ""]);
  for (const name of ["etag", "cache-control", "vary"])
    assert.equal(known.headers.get(name), read.headers.get(name), `${name} is the 200's`);
  assert.deepEqual([read.headers.get("cache-control"), known.headers.has("vary")], ["private, no-cache", true]);
  const first = await api(dan, "PATCH", "/functions/raced", {
    body: { memory_pages: 2 },
    headers: { "if-match": etag },
  });
  const second = `"${read.json.id}-r2"`;
  assert.deepEqual([first.status, first.headers.get("etag"), first.json.memory_pages], [200, second, 2]);
  for (const [method, path, options] of [
    ["PATCH", "", { body: { memory_pages: 3 } }],
    ["POST", "/upload", { body: wasm() }],
    ["POST", "/versions/1/activate", {}],
    ["DELETE", "", {}],
  ]) {
    const headers = { ...(path === "/upload" ? raw : {}), "if-match": etag };
    const late = await api(dan, method, `/functions/raced${path}`, { ...options, headers });
    assert.deepEqual(
      [late.status, late.json.code, late.headers.get("etag")],
      [412, "precondition_failed", second],
      path,
    );
  }
  assert.equal((await api(dan, "PATCH", "/functions/raced", { body: { memory_pages: 4 } })).json.revision, 3);
  const same = await api(dan, "PATCH", "/functions/raced", { body: { memory_pages: 4 } });
  assert.equal(same.json.revision, 3, "what changes nothing is no revision");
});

test("an upload names the revision that it is for, also where that changes while it is under way", async () => {
  const hal = user("hal");
  const made = await api(hal, "POST", "/functions", { body: { name: "overtaken" } });
  const etag = made.headers.get("etag");
  const upload = (bytes, headers) => {
    async function* slowly() {
      yield bytes.slice(0, 10);
      const changed = await api(hal, "PATCH", "/functions/overtaken", { body: { memory_pages: bytes.length % 1000 } });
      assert.equal(changed.status, 200);
      yield bytes.slice(10);
    }
    const options = { body: slowly(), duplex: "half", headers: { ...raw, ...headers } };
    return api(hal, "POST", "/functions/overtaken/upload", options);
  };
  const late = await upload(wasm(1), { "if-match": etag });
  assert.deepEqual([late.status, late.json.code], [412, "precondition_failed"]);
  const now = (await api(hal, "GET", "/functions/overtaken")).json;
  assert.deepEqual([now.revision, now.active_version], [2, null]);
  assert.deepEqual((await api(hal, "GET", "/functions/overtaken/versions")).json.versions, []);
  for (const [bytes, headers] of [
    [wasm(2), {}],
    [wasm(3), { "if-match": "*" }],
  ]) {
    assert.equal((await upload(bytes, headers)).status, 201, "who asks for no revision");
  }
});

test("a function that took another's name is not the one that was read", async () => {
  const fay = user("fay");
  const made = () => api(fay, "POST", "/functions", { body: { name: "replaced" } });
  const before = (await made()).headers.get("etag");
  await api(fay, "DELETE", "/functions/replaced");
  const { json, headers } = await made();
  assert.equal(json.revision, 1, "the same as the other's");
  const read = await api(fay, "GET", "/functions/replaced", { headers: { "if-none-match": before } });
  assert.equal(read.status, 200);
  for (const [method, options] of [
    ["PATCH", { body: { memory_pages: 2 } }],
    ["DELETE", {}],
  ]) {
    const late = await api(fay, method, "/functions/replaced", { ...options, headers: { "if-match": before } });
    assert.deepEqual([late.status, late.headers.get("etag")], [412, headers.get("etag")], method);
  }
});

test("changes at once: one wins, and the others are told", async () => {
  const eve = user("eve");
  const made = await api(eve, "POST", "/functions", { body: { name: "crowd" } });
  const headers = { "if-match": made.headers.get("etag") };
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      api(eve, "PATCH", "/functions/crowd", { body: { memory_pages: at + 1 }, headers }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses));
  assert.ok(
    statuses.every((status) => [200, 409, 412].includes(status)),
    String(statuses),
  );
});

test("a digest in each of its spellings is compared", async () => {
  const fay = user("fay");
  await api(fay, "POST", "/functions", { body: { name: "digested" } });
  const bytes = wasm(3);
  const [right, wrong] = [bytes, wasm(4)].map((of) => Buffer.from(sha256(of), "hex").toString("base64"));
  for (const [name, value] of [
    ["content-digest", (text) => `sha-256=:${text}:`],
    ["repr-digest", (text) => `sha-256=:${text}:`],
    ["digest", (text) => `SHA-256=${text}`],
  ]) {
    const upload = (text) =>
      api(fay, "POST", "/functions/digested/upload", { body: bytes, headers: { ...raw, [name]: value(text) } });
    const refused = await upload(wrong);
    assert.deepEqual([refused.status, refused.json.code], [422, "digest_mismatch"], name);
    assert.equal((await upload(right)).status, 201, name);
    assert.equal((await upload("no base64")).status, 400, name);
  }
});

test("a digest with a form is refused, whose file has sha256 instead", async () => {
  const flo = user("flo");
  await api(flo, "POST", "/functions", { body: { name: "form" } });
  const base64 = Buffer.from(sha256(wasm(5)), "hex").toString("base64");
  for (const digest of [
    `content-digest: sha-256=:${base64}:`,
    `repr-digest: sha-256=:${base64}:`,
    `digest: SHA-256=${base64}`,
    "digest: MD5=x",
  ]) {
    // Without a body: it is refused before any of it comes.
    const { status, body } = await exchange(worker.port, [
      "POST /api/v1/functions/form/upload HTTP/1.1",
      "host: hashi",
      "connection: close",
      `authorization: Bearer ${flo}`,
      "content-type: multipart/form-data; boundary=x",
      "content-length: 100",
      digest,
    ]);
    const { code, detail } = JSON.parse(body);
    assert.deepEqual([status, code], [400, "invalid_parameter"], digest);
    assert.match(detail, /\?sha256=/);
  }
  const upload = (of) => {
    const body = new FormData();
    body.append("file", new Blob([wasm(5)]), "b.wasm");
    return api(flo, "POST", `/functions/form/upload?sha256=${sha256(of)}`, { body });
  };
  assert.equal((await upload(wasm(4))).json.code, "digest_mismatch");
  assert.equal((await upload(wasm(5))).status, 201);
});

test("names and settings have their rules, and the refusal says them", async () => {
  const gil = user("gil");
  for (const [body, detail] of [
    [{}, /^name: missing/],
    [{ name: "Upper" }, /a name has 1 to 63 lower-case letters/],
    [{ name: "a".repeat(64) }, /a name has 1 to 63/],
    [{ name: "00000000-0000-4000-8000-000000000001" }, /isn't a UUID/],
    [{ name: "f", memory_pages: 1025 }, /^memory_pages: expected a whole number from 1 to 1024, got 1025/],
    [{ name: "f", max_execution_ms: 30001 }, /^max_execution_ms: /],
    [{ name: "f", cron: "every day" }, /^cron: expected five fields/],
    [{ name: "f", cron: "0 0 30 2 *" }, /^cron: there is no day 30 in month 2, /],
    [{ name: "f", runtime: "js" }, /wasm/],
    [{ name: "f", permissions: { allowed_http_hosts: ["http://a"] } }, /host/],
    [{ name: "f", colour: "red" }, /unknown field `colour`/],
  ]) {
    const { status, json } = await api(gil, "POST", "/functions", { body });
    assert.deepEqual([status, json.code], [400, "invalid_body"], JSON.stringify(body));
    assert.match(json.detail, detail);
  }
  const long = await api(gil, "POST", "/functions", { body: { name: "f", entrypoint: "x".repeat(70_000) } });
  assert.equal(long.status, 413);
});

test("who asks too often is told to wait, and others are served", async () => {
  const few = (options) => ({
    ...options,
    ratelimits: { CALLER_RATE: { ...options.ratelimits.CALLER_RATE, simple: { limit: 5, period: 10 } } },
  });
  const limited = await startPlatform({ change: few });
  try {
    const ask = async (bearer) => limited.api(bearer, "GET", "/functions");
    const [hal, ivy] = [user("hal"), user("ivy")];
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(hal)));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 2, `of 12 requests ${refused.length} were refused`);
    assert.ok(refused.length < 12, "not all");
    for (const { json, headers } of refused) {
      assert.equal(json.code, "rate_limited");
      assert.equal(headers.get("retry-after"), "10");
    }
    assert.equal((await ask(ivy)).status, 200);
    assert.equal((await ask(service())).status, 200);
  } finally {
    await limited.stop();
  }
});

test("who asks with tokens that aren't valid is told to wait as well, and others are served", async () => {
  const few = (options) => ({
    ...options,
    ratelimits: { CALLER_RATE: { ...options.ratelimits.CALLER_RATE, simple: { limit: 5, period: 10 } } },
  });
  const limited = await startPlatform({ change: few });
  try {
    const ask = (bearer, address) =>
      limited.api(bearer, "GET", "/functions", { headers: { "cf-connecting-ip": address } });
    const wrong = (address) =>
      Promise.all(Array.from({ length: 12 }, (_, at) => ask(`a.b.${at}`, address(at)).then(({ status }) => status)));
    for (const address of [() => "192.0.2.1", (at) => `2001:db8:1:2::${at}`]) {
      const answers = await wrong(address);
      assert.ok(
        answers.every((status) => status === 401 || status === 429),
        answers.join(),
      );
      const refused = answers.filter((status) => status === 429).length;
      // A period may end in between.
      assert.ok(refused >= 2 && refused < 12, `of 12 requests ${refused} were refused`);
    }
    const nobodies = await Promise.all(
      Array.from({ length: 12 }, () => ask(undefined, "198.51.100.1").then(({ status }) => status)),
    );
    const refused = nobodies.filter((status) => status === 429).length;
    assert.ok(refused >= 2 && refused < 12, `of 12 requests without a token ${refused} were refused`);
    const [jon, elsewhere] = [user("jon"), "2001:db8:1:3::1"];
    assert.equal((await ask(jon, "192.0.2.1")).status, 200, "a user counts as themselves");
    const other = await ask("a.b.c", elsewhere);
    assert.equal(other.status, 401, "another network");
    assert.equal((await ask(undefined, elsewhere)).status, 200, "nobody, who has the same budget");
  } finally {
    await limited.stop();
  }
});

test("a function that is called too often is told to wait, whoever calls, and another function is called", async () => {
  const few = (options) => ({
    ...options,
    ratelimits: {
      ...options.ratelimits,
      FUNCTION_RATE: { ...options.ratelimits.FUNCTION_RATE, simple: { limit: 4, period: 10 } },
    },
  });
  const limited = await startPlatform({ change: few });
  try {
    const [jon, kim] = [user("jon"), user("kim")];
    for (const name of ["busy", "idle"]) {
      await limited.api(jon, "POST", "/functions", { body: { name, entrypoint: "run", visibility: "public" } });
      await limited.api(jon, "POST", `/functions/${name}/upload`, { body: wasm(), headers: raw });
    }
    const call = (bearer, moduleId) =>
      read(`${limited.url}/functions/v1/wasm-executor`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: JSON.stringify({ moduleId, args: [] }),
      });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => call(at % 2 ? jon : kim, "busy")));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 3 && refused.length < 12, `of 12 calls ${refused.length} were refused`);
    for (const { json, headers } of refused) {
      assert.deepEqual([json.code, headers.get("retry-after")], ["rate_limited", "10"]);
    }
    const other = await call(kim, "idle");
    assert.equal(other.status, 200, other.text);
    // The same of requests that its guest answers.
    await limited.api(jon, "POST", "/functions", { body: { name: "http", trigger: "anonymous" } });
    await limited.api(jon, "POST", "/functions/http/upload", { body: guest("hello-world"), headers: raw });
    const asked = await Promise.all(Array.from({ length: 12 }, () => read(`${limited.url}/fn/http`)));
    const told = asked.filter(({ status }) => status === 429);
    assert.ok(told.length >= 3 && told.length < 12, `of 12 requests ${told.length} were refused`);
    for (const { json, headers } of told) {
      assert.deepEqual([json.code, headers.get("retry-after")], ["rate_limited", "10"]);
    }
  } finally {
    await limited.stop();
  }
});

test("an upload that takes longer than it may is refused, and leaves nothing", async () => {
  const brief = await startPlatform({ vars: { UPLOAD_SECONDS: "1" } });
  try {
    const ida = user("ida");
    assert.equal((await brief.api(ida, "POST", "/functions", { body: { name: "slow" } })).status, 201);
    const { port } = new URL(brief.url);
    const form = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
    for (const [what, type, start] of [
      ["the module itself", "application/wasm", "\0asm"],
      ["the part of a form", "multipart/form-data; boundary=b", `${form}\0asm`],
      ["what comes before the part", "multipart/form-data; boundary=b", form.replace("file", "note")],
    ]) {
      const headers = { authorization: `Bearer ${ida}`, "content-type": type };
      const { status, body } = await trickle(port, "/api/v1/functions/slow/upload", headers, start);
      assert.deepEqual([status, JSON.parse(body).code], [408, "request_timeout"], `${what}: ${body}`);
      assert.match(JSON.parse(body).detail, /^an upload may take 1 s, and this one took longer/, what);
    }
    assert.deepEqual((await (await brief.bucket("ARTIFACTS")).list()).objects, []);
    assert.equal((await brief.api(ida, "POST", "/functions/slow/upload", { body: wasm(), headers: raw })).status, 201);
  } finally {
    await brief.stop();
  }
});
