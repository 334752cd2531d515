// What an upload becomes: each guest is told with its exports and types, and what can't run is refused with a sentence.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { guests } from "../../guest/guests.mjs";
import { raw, sha256, startPlatform, user, wasm, wasmWithNul } from "./platform.mjs";

let worker;
let files;
before(async () => {
  files = await guests();
  worker = await startPlatform();
  const made = await worker.api(ann, "POST", "/functions", { body: { name: "f" } });
  assert.equal(made.status, 201, made.text);
});
after(() => worker?.stop());

const ann = user("ann");
const upload = (body, headers = raw) => worker.api(ann, "POST", "/functions/f/upload", { body, headers });

const HANDLE = "func(request: request) -> result<response, string>";
const EXPORTS = {
  "hello-world": [["http-handler"], [["handle", HANDLE]]],
  proxy: [["http-handler"], [["handle", HANDLE]]],
  assemblyscript: [["http-handler"], [["handle", HANDLE]]],
  "image-resize": [
    [],
    [
      ["resize", "func(image: list<u8>, width: u32, height: u32) -> result<list<u8>, string>"],
      ["crop", "func(image: list<u8>, x: u32, y: u32, width: u32, height: u32) -> result<list<u8>, string>"],
      ["rotate", "func(image: list<u8>, degrees: u32) -> result<list<u8>, string>"],
    ],
  ],
};

for (const [name, [worlds, exports]] of Object.entries(EXPORTS)) {
  test(`${name} is told with its worlds, exports and signatures`, async () => {
    const bytes = readFileSync(files[name]);
    const { status, json, text } = await upload(bytes);
    assert.equal(status, 201, text);
    const { module } = json;
    assert.deepEqual([module.sha256, module.size, json.active], [sha256(bytes), bytes.length, true]);
    assert.deepEqual(module.prepared.worlds, worlds);
    assert.deepEqual(
      module.prepared.exports.map(({ name, signature }) => [name, signature]).sort(),
      exports.toSorted(),
    );
    const types = module.prepared.types.join("\n");
    if (worlds.length > 0) assert.match(types, /record request/);
  });
}

test("every guest is taken, and the same bytes again are the same module and the same bundle", async () => {
  for (const [name, file] of Object.entries(files)) {
    const first = await upload(readFileSync(file));
    const again = await upload(readFileSync(file));
    assert.deepEqual([first.status, again.status], [201, 201], `${name}: ${first.text}`);
    assert.deepEqual(again.json.module, first.json.module, name);
  }
  const bucket = await worker.bucket("ARTIFACTS");
  const { objects } = await bucket.list({ prefix: "bundles/" });
  const modules = new Set(objects.map(({ key }) => key.split("/")[1]));
  assert.equal(modules.size, objects.length, "one bundle for each module");
  for (const { key } of objects) {
    const bytes = new Uint8Array(await (await bucket.get(key)).arrayBuffer());
    assert.equal(sha256(bytes), key.split("/")[2]);
  }
});

/** A module of raw sections after the head. */
const module = (...sections) => Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
const text = (word) => [word.length, ...Buffer.from(word)];
const section = (id, ...bytes) => [id, bytes.flat().length, ...bytes.flat()];

const REFUSALS = [
  ["text", "(module)", /WebAssembly/],
  ["nothing", new Uint8Array(0), /empty|WebAssembly/],
  ["an ELF file", Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), /WebAssembly/],
  ["a module that exports nothing", module(), /nothing to call: the module exports no function/],
  ["a function with U+0000 in its name", wasmWithNul(), /the export "a\\0b" has U\+0000 in its name/],
  ["a module that is cut off", wasm().slice(0, -3), /not valid WebAssembly at byte/],
  [
    "a module that imports what nobody provides",
    module(
      section(1, 1, 0x60, 0, 0),
      section(2, 1, text("env"), text("launch"), 0, 0),
      section(3, 1, 0),
      section(7, 1, text("run"), 0, 1),
      section(10, 1, 2, 0, 0x0b),
    ),
    /unknown import `env\.launch`/,
  ],
  [
    "a module that asks for WASI",
    module(
      section(1, 1, 0x60, 1, 0x7f, 0),
      section(2, 1, text("wasi_snapshot_preview1"), text("proc_exit"), 0, 0),
      section(3, 1, 0),
      section(7, 1, text("run"), 0, 1),
      section(10, 1, 2, 0, 0x0b),
    ),
    /unknown import `wasi_snapshot_preview1\.proc_exit`/,
  ],
];

for (const [what, bytes, sentence] of REFUSALS) {
  test(`${what} is refused, and leaves nothing`, async () => {
    const bucket = await worker.bucket("ARTIFACTS");
    const keys = async () => (await bucket.list()).objects.map(({ key }) => key);
    const before = [await worker.api(ann, "GET", "/functions/f/versions"), await keys()];
    const refused = await upload(bytes);
    assert.ok([400, 422].includes(refused.status), refused.text);
    assert.match(refused.json.detail, sentence);
    assert.deepEqual((await worker.api(ann, "GET", "/functions/f/versions")).json, before[0].json);
    assert.deepEqual(await keys(), before[1]);
  });
}

const part = (name, value) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const latin1 = (bytes) => Buffer.from(bytes).toString("latin1");

/** @type {[what: string, form: string, detail: RegExp][]} */
const FORMS = [
  ["without the part file", `${part("module", "x")}--b--\r\n`, /no part named file/],
  ["with the part file twice", `${part("file", latin1(wasm(9)))}${part("file", "x")}--b--\r\n`, /two parts named file/],
  ["that is cut off", '--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n\0asm', /can't be read/],
  ["that is cut off after its file", part("file", latin1(wasm(9))), /can't be read/],
  ["with its hash twice", `${part("sha256", "x")}${part("sha256", "x")}--b--\r\n`, /two parts named sha256/],
  [
    "that says the hash after its file",
    `${part("file", latin1(wasm(9)))}${part("sha256", sha256(wasm(9)))}--b--\r\n`,
    /send it before/,
  ],
];

for (const [what, form, detail] of FORMS) {
  test(`a form ${what} is refused, and leaves nothing`, async () => {
    const bucket = await worker.bucket("ARTIFACTS");
    const keys = async () => (await bucket.list()).objects.map(({ key }) => key);
    const before = [(await worker.api(ann, "GET", "/functions/f/versions")).json, await keys()];
    const refused = await upload(Buffer.from(form, "latin1"), { "content-type": "multipart/form-data; boundary=b" });
    assert.deepEqual([refused.status, refused.json.code], [400, "invalid_body"], refused.text);
    assert.match(refused.json.detail, detail);
    assert.deepEqual([(await worker.api(ann, "GET", "/functions/f/versions")).json, await keys()], before);
  });
}

test("a form may say what its file has to be, and what Hashi doesn't know", async () => {
  const form = (hash) => {
    const form = new FormData();
    form.append("note", "hi");
    form.append("sha256", hash);
    form.append("file", new Blob([wasm(9)]));
    form.append("note", "hi again");
    return form;
  };
  const post = (hash, query = "") => worker.api(ann, "POST", `/functions/f/upload${query}`, { body: form(hash) });
  const { status, json } = await post(sha256(wasm(9)));
  assert.deepEqual([status, json.module?.sha256], [201, sha256(wasm(9))]);
  const other = await post(sha256(wasm(8)));
  assert.deepEqual([other.status, other.json.code], [422, "digest_mismatch"]);
  const none = await post("abc");
  assert.deepEqual([none.status, none.json.code], [400, "invalid_parameter"]);
  const two = await post(sha256(wasm(9)), `?sha256=${sha256(wasm(8))}`);
  assert.deepEqual([two.status, two.json.code], [400, "invalid_parameter"]);
});

test("a module that is compressed on its way is refused, and one that says that it isn't is taken", async () => {
  const { status, json } = await upload(gzipSync(wasm(9)), { ...raw, "content-encoding": "gzip" });
  assert.deepEqual([status, json.code], [415, "unsupported_media_type"]);
  assert.match(json.detail, /content-encoding.*not compressed.*gzip/);
  assert.equal((await upload(wasm(9), { ...raw, "content-encoding": "identity" })).status, 201);
});

test("ten uploads at once are ten versions, each whole", async () => {
  await worker.api(ann, "POST", "/functions", { body: { name: "crowd" } });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      worker.api(ann, "POST", "/functions/crowd/upload", { body: wasm(20 + at), headers: raw }),
    ),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(10).fill(201),
  );
  const { json } = await worker.api(ann, "GET", "/functions/crowd/versions");
  assert.deepEqual(
    json.versions.map(({ version }) => version),
    [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  );
  for (const { version, sha256: hash } of json.versions) {
    const answer = await fetch(`${worker.url}/api/v1/artifacts/crowd/${version}`, {
      headers: { authorization: `Bearer ${ann}` },
    });
    assert.equal(sha256(new Uint8Array(await answer.arrayBuffer())), hash);
  }
});
