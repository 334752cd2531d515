// An upload that is cut off at any of its steps leaves nothing half-visible, and nothing at all after the next sweep.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildCrate, root, startWorker } from "../harness.mjs";
import { open, until } from "../raw.mjs";
import { client, issuer, largeWasm, raw, user, wasm } from "./platform.mjs";

let worker;
let api;
let database;
let bucket;
before(async () => {
  await buildCrate("hashi");
  worker = await startWorker({
    config: join(root, "tests", "worker", "faults", "wrangler.toml"),
    // What was left behind is old enough at once.
    vars: { ...issuer, UPLOAD_SECONDS: "0" },
  });
  api = client(worker.url);
  database = await worker.database("DB");
  bucket = await worker.bucket("ARTIFACTS");
});
after(() => worker?.stop());

const ann = user("ann");
const upload = (name, body, options = {}) =>
  api(ann, "POST", `/functions/${name}/upload`, { body, ...options, headers: { ...raw, ...options.headers } });

const keys = async () => (await bucket.list()).objects.map(({ key }) => key).sort();
const rows = async (table) => (await database.prepare(`select * from ${table}`).all()).results;

/** The clock's hourly sweep. */
const sweep = async () => assert.equal(await worker.tick(Date.UTC(2026, 10, 25, 12)), "ok");

/** How a request ended, in a word: its client is heard out, and never sees a broken pipe. */
const ended = (answer) =>
  answer.then(
    ({ status, json }) => [status, json?.code].filter(Boolean).join(" "),
    (error) => error.cause?.code ?? error.name,
  );

/** What a function shows of itself, but for when it was changed. */
async function seen(name) {
  const { json } = await api(ann, "GET", `/functions/${name}`);
  const { json: versions } = await api(ann, "GET", `/functions/${name}/versions`);
  return { function: json, versions };
}

/** Every object belongs to a module, and every module has its objects. */
async function assertTidy() {
  const wanted = (await rows("wasm_modules")).flatMap(({ sha256, prepared }) => [
    `bundles/${sha256}/${JSON.parse(prepared).bundle}`,
    `modules/${sha256}`,
  ]);
  assert.deepEqual(await keys(), [...new Set(wanted)].sort());
  const artifacts = await rows("artifacts");
  assert.deepEqual(
    artifacts.map(({ sha256, state }) => `${sha256} ${state}`).sort(),
    [...new Set((await rows("wasm_modules")).map(({ sha256 }) => `${sha256} stored`))].sort(),
  );
}

// Two sizes: one that is stored in one piece, and one in parts.
const large = (mark) => largeWasm(6 * 1024 * 1024, mark);

for (const [what, bytes] of [
  ["small", (mark) => wasm(mark)],
  ["large", large],
]) {
  for (const how of ["throw", "lost", "hang", "late"]) {
    test(`a ${what} upload whose storage does "${how}" at each of its steps`, async () => {
      const name = `${what}-${how}`;
      assert.equal((await api(ann, "POST", "/functions", { body: { name } })).status, 201);
      assert.equal((await upload(name, wasm(100))).status, 201);
      let mark = 1;
      const whole = await upload(name, bytes(mark), { headers: { "x-fault": "count 0" } });
      assert.equal(whole.status, 201, whole.text);
      const steps = Number(whole.headers.get("x-calls"));
      assert.ok(steps >= 9 && steps <= 13, `an upload takes ${steps} calls, as docs/supabase.md says`);
      for (let at = 1; at <= steps; at++) {
        const before = await seen(name);
        const fault = { headers: { "x-fault": `${how} ${at}` } };
        mark++;
        const line = `the fault came: ${how} ${at}`;
        const came = worker.logs.filter(({ text }) => text === line).length;
        const answer = ended(upload(name, bytes(mark), { ...fault, signal: AbortSignal.timeout(20_000) }));
        if (how === "hang" || how === "late") {
          await until(() => worker.logs.filter(({ text }) => text === line).length > came, 20_000);
          // Longer than any of them has.
          await fetch(`${worker.url}/skip?ms=31000`, { method: "POST" });
        }
        const end = await answer;
        // The last two look at what is stored, and tidy up: that these fail is nobody's concern but the sweep's.
        const wanted = at > steps - 2 ? ["201"] : ["503 unavailable"];
        assert.ok(wanted.includes(end), `step ${at}: ${end}`);
        const now = await seen(name);
        const happened = now.versions.versions.length > before.versions.versions.length;
        if (happened) {
          // It was committed, and only the answer is missing: then all of it is there.
          assert.equal(now.function.active_version, before.versions.versions[0].version + 1, `step ${at}`);
          const { status } = await api(ann, "GET", `/artifacts/${name}/${now.function.active_version}`);
          assert.equal(status, 200, `step ${at}`);
        } else {
          assert.deepEqual(now, before, `step ${at}`);
        }
        const heard = how === "throw" || how === "hang";
        assert.equal(happened, at > steps - (heard ? 2 : 3), `the commit is the last step but two, and not step ${at}`);
        await sweep();
        await assertTidy();
        assert.deepEqual(await seen(name), now, `the sweep after step ${at}`);
      }
      // The same again is one module, whatever was cut off before.
      assert.equal((await upload(name, bytes(mark))).status, 201);
      await sweep();
      await assertTidy();
    });
  }
}

test("an upload and an activation whose answers were lost are answered by their keys, whatever they changed", async () => {
  await api(ann, "POST", "/functions", { body: { name: "unheard" } });
  for (const mark of [500, 501]) assert.equal((await upload("unheard", wasm(mark))).status, 201);
  const etag = async () => (await api(ann, "GET", "/functions/unheard")).headers.get("etag");
  const activate = (version) => (headers) =>
    api(ann, "POST", `/functions/unheard/versions/${version}/activate`, { headers });
  const send = (mark) => (headers) => upload("unheard", wasm(mark), { headers });
  // How many steps it takes is known by another of its kind; those of an upload after its commit are two.
  for (const [key, count, lose, later] of [
    ["up", send(502), send(503), 2],
    ["back", activate(1), activate(2), 0],
  ]) {
    const counted = await count({ "idempotency-key": `counted ${key}`, "x-fault": "count 0" });
    const at = Number(counted.headers.get("x-calls")) - later;
    const headers = { "idempotency-key": key, "if-match": await etag() };
    assert.equal(await ended(lose({ ...headers, "x-fault": `lost ${at}` })), "503 unavailable", key);
    assert.notEqual(await etag(), headers["if-match"], `${key} happened`);
    const again = await lose(headers);
    assert.equal(again.headers.get("idempotent-replayed"), "true", `${key}: ${again.text}`);
    assert.ok(again.status < 300);
  }
});

test("clients that leave in the middle of a form leave nothing, and the next upload is taken", async (context) => {
  assert.equal((await api(ann, "POST", "/functions", { body: { name: "left" } })).status, 201);
  const came = () => worker.logs.filter(({ text }) => text === "a request came: left 0").length;
  const head = [
    "POST /api/v1/functions/left/upload HTTP/1.1",
    "host: hashi",
    `authorization: Bearer ${ann}`,
    "content-type: multipart/form-data; boundary=b",
    "content-length: 9000000",
    "x-fault: left 0",
  ];
  const start = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const leave = async (count, length) => {
    const before = came();
    const clients = Array.from({ length: count }, () => open(worker.port));
    for (const { socket } of clients) socket.write(`${head.join("\r\n")}\r\n\r\n${start}${"x".repeat(length)}`);
    await until(() => came() === before + count, 20_000);
    await until(() => clients.every(({ socket }) => socket.writableLength === 0), 20_000);
    for (const { socket } of clients) socket.resetAndDestroy();
  };
  await leave(20, 200_000);
  const before = worker.memory();
  for (let times = 0; times < 10; times++) await leave(20, 200_000);
  await leave(4, 6_000_000);
  const taken = await upload("left", large(7));
  assert.equal(taken.status, 201, taken.text);
  context.diagnostic(`204 clients that left: ${((worker.memory() - before) / 1e6).toFixed(1)} MB`);
  await sweep();
  await assertTidy();
});

test("what no function uses any more is swept, and what one still uses is not", async () => {
  for (const name of ["one", "two"]) {
    await api(ann, "POST", "/functions", { body: { name } });
    assert.equal((await upload(name, wasm(300))).status, 201);
  }
  assert.equal((await upload("one", wasm(301))).status, 201);
  await api(ann, "DELETE", "/functions/one");
  await sweep();
  await assertTidy();
  assert.equal((await api(ann, "GET", "/artifacts/two/1")).status, 200);
  await api(ann, "DELETE", "/functions/two");
  await sweep();
  await assertTidy();
});

test("a bundle that a sweep removes while it is made again is stored again", async () => {
  await api(ann, "POST", "/functions", { body: { name: "remade" } });
  const counted = await upload("remade", wasm(305), { headers: { "x-fault": "count 0" } });
  // The last step but one looks for the bundle, once its module is there.
  const at = Number(counted.headers.get("x-calls")) - 1;
  const { status, json } = await upload("remade", wasm(306), { headers: { "x-fault": `remove ${at}` } });
  assert.equal(status, 201);
  const [{ prepared }] = (await rows("wasm_modules")).filter(({ sha256 }) => sha256 === json.module.sha256);
  const key = `bundles/${json.module.sha256}/${JSON.parse(prepared).bundle}`;
  assert.ok(worker.logs.some(({ text }) => text === `the fault came: remove ${at}`));
  assert.ok((await keys()).includes(key), `${key} was removed, and is there`);
  await sweep();
  await assertTidy();
});

test("a sweep that is cut off is gone on with by the next one", async () => {
  await api(ann, "POST", "/functions", { body: { name: "cut" } });
  assert.equal((await upload("cut", wasm(310))).status, 201);
  await api(ann, "DELETE", "/functions/cut");
  // As a sweep leaves it that took the hash and died before it removed the bytes.
  const { results } = await database
    .prepare(
      "update artifacts set state = 'collecting' where sha256 not in (select sha256 from wasm_modules) returning 1",
    )
    .all();
  assert.equal(results.length, 1);
  await api(ann, "POST", "/functions", { body: { name: "again" } });
  const busy = await upload("again", wasm(310));
  assert.deepEqual([busy.status, busy.json.code], [503, "unavailable"]);
  await sweep();
  await assertTidy();
  assert.equal((await upload("again", wasm(310))).status, 201);
  await assertTidy();
});

test("stored bytes that are damaged, cut or gone are never served", async () => {
  await api(ann, "POST", "/functions", { body: { name: "damaged" } });
  const { json } = await upload("damaged", wasm(320));
  const key = `modules/${json.module.sha256}`;
  const ask = async (headers = {}) => {
    const answer = await api(ann, "GET", "/artifacts/damaged/1", { headers });
    return [answer.status, answer.json?.code];
  };
  const whole = wasm(320);
  assert.deepEqual(await ask(), [200, undefined]);
  const damaged = whole.slice();
  damaged[20] ^= 1;
  for (const bytes of [damaged, whole.slice(0, -1), new Uint8Array(0)]) {
    await bucket.put(key, bytes);
    assert.deepEqual(await ask(), [500, "artifact_corrupt"]);
    assert.deepEqual(await ask({ range: "bytes=0-3" }), [500, "artifact_corrupt"]);
  }
  await bucket.delete(key);
  assert.deepEqual(await ask(), [500, "artifact_corrupt"]);
  // As the remedy says: upload it again.
  assert.equal((await upload("damaged", whole)).status, 201);
  assert.deepEqual(await ask(), [200, undefined]);
});

test("a permission that is taken away is gone, though whoever took it has left before the store's answer", async () => {
  // What is known of a function is known for an hour here.
  const vars = { ...issuer, FUNCTION_CACHE_SECONDS: "3600" };
  const lasting = await startWorker({ config: join(root, "tests", "worker", "faults", "wrangler.toml"), vars });
  try {
    const [api, database] = [client(lasting.url), await lasting.database("DB")];
    await api(ann, "POST", "/functions", { body: { name: "taken", trigger: "anonymous" } });
    const module = readFileSync(join(root, "build", "guests", "hello-world.wasm"));
    await api(ann, "POST", "/functions/taken/upload", { body: module, headers: raw });
    const call = async () => (await fetch(`${lasting.url}/fn/taken`)).status;
    assert.deepEqual([await call(), await call()], [200, 200], "known now");
    /** How often its stores are asked for a call. */
    const asked = async () => {
      const { headers } = await fetch(`${lasting.url}/fn/taken`, { headers: { "x-fault": "count 0" } });
      return Number(headers.get("x-calls"));
    };
    assert.equal(await asked(), 0);
    // What is refused changes nothing, and keeps nobody from knowing it.
    await api(ann, "POST", "/functions", { body: { name: "other" } });
    const broken = await api(ann, "POST", "/functions/taken/upload", { body: Buffer.from("broken"), headers: raw });
    assert.equal(broken.status, 422);
    assert.equal((await api(ann, "PATCH", "/functions/taken", { body: { name: "other" } })).status, 409);
    await call();
    assert.equal(await asked(), 0);
    const body = JSON.stringify({ trigger: "none" });
    const gone = open(lasting.port);
    const head = ["PATCH /api/v1/functions/taken HTTP/1.1", "host: hashi", "content-type: application/json"];
    head.push(`authorization: Bearer ${ann}`, "x-fault: late 2", `content-length: ${body.length}`);
    gone.socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    await until(async () => (await database.prepare("select trigger from functions").first("trigger")) === "none");
    assert.deepEqual([gone.received, await call()], ["", 200], "nobody has told the isolate yet");
    gone.socket.resetAndDestroy();
    await until(async () => (await call()) === 404, 20_000);
    assert.equal(await call(), 404);
  } finally {
    await lasting.stop();
  }
});

/** Bundles of a module that no prepare makes now, as another one's that stored them and was superseded, or cut off. */
const other = (digit) => digit.repeat(64);
const put = (sha256, bundle) => bucket.put(`bundles/${sha256}/${bundle}`, "x");
const name = (bundle, id) =>
  database
    .prepare("update wasm_modules set prepared = json_set(prepared, '$.bundle', ?) where function_id = ?")
    .bind(bundle, id)
    .run();

test("a bundle that no module names any more is swept, and one that any module names is not", async () => {
  await api(ann, "POST", "/functions", { body: { name: "anew" } });
  const { json } = await upload("anew", wasm(400));
  const { sha256 } = json.module;
  await put(sha256, other("0"));
  assert.equal((await upload("anew", wasm(400))).status, 201);
  await sweep();
  await assertTidy();
  // The same bytes in two functions, each of which has a bundle of its own.
  const twin = (await api(ann, "POST", "/functions", { body: { name: "twin" } })).json;
  await upload("twin", wasm(400));
  await put(sha256, other("1"));
  await name(other("1"), twin.id);
  await put(sha256, other("2"));
  await sweep();
  await assertTidy();
  assert.ok((await keys()).includes(`bundles/${sha256}/${other("1")}`));
  // What one of them loses, the other never had.
  assert.equal((await api(ann, "DELETE", "/functions/twin")).status, 204);
  await sweep();
  await assertTidy();
  assert.deepEqual(await rows("artifacts where again_at is not null"), []);
});

test("a bundle of an upload that may be under way is not swept", async () => {
  const patient = await startWorker({ config: join(root, "tests", "worker", "faults", "wrangler.toml"), vars: issuer });
  try {
    const api = client(patient.url);
    const [database, bucket] = [await patient.database("DB"), await patient.bucket("ARTIFACTS")];
    const upload = () => api(ann, "POST", "/functions/young/upload", { body: wasm(410), headers: raw });
    await api(ann, "POST", "/functions", { body: { name: "young" } });
    const { sha256 } = (await upload()).json.module;
    await upload();
    const again = () => database.prepare("select again_at from artifacts").first("again_at");
    const [before, stray] = [await again(), `bundles/${sha256}/${other("0")}`];
    assert.ok(before, "the bytes came again");
    await bucket.put(stray, "x");
    assert.equal(await patient.tick(Date.UTC(2026, 10, 25, 12)), "ok");
    assert.equal(await again(), before, "they are looked at later");
    // Old enough for a bundle, and not for one that was stored last of all, some minutes after they came.
    const age = "update artifacts set again_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-4000 seconds')";
    await database.prepare(age).run();
    assert.equal(await patient.tick(Date.UTC(2026, 10, 25, 12)), "ok");
    assert.ok(await again(), "they are looked at later still");
    await database.prepare("update artifacts set again_at = '2000-01-01T00:00:00.000Z'").run();
    assert.equal(await patient.tick(Date.UTC(2026, 10, 25, 12)), "ok");
    assert.equal(await again(), null, "they were looked at");
    assert.ok(await bucket.head(stray), "and what is young was kept");
  } finally {
    await patient.stop();
  }
});
