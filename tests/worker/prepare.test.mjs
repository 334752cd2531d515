// Prepare in its own isolate in real workerd: what it makes of each guest is what the command makes, bytes that are no guest are
// refused with their reason, and an isolate that dies is replaced.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { guests, hashi } from "../guest/guests.mjs";
import { enlarged, moduleOf, nestedBlocks } from "../guest/prepare/large.mjs";
import { buildCrate, root, startWorker } from "./harness.mjs";

const scratch = mkdtempSync(join(tmpdir(), "hashi-prepare-"));
let worker;
let upstream;

before(async () => {
  await buildCrate("prepare");
  worker = await startWorker({ config: join(root, "tests", "worker", "prepare", "wrangler.toml") });
  upstream = createServer((_, response) => response.end("reached")).listen(0, "127.0.0.1");
  await new Promise((resolve) => upstream.once("listening", resolve));
});
after(async () => {
  await worker?.stop();
  upstream?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const send = async (path, body) => (await fetch(worker.url + path, { method: "POST", body })).json();
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("each guest becomes the bundle that the command makes of it, byte for byte", async (t) => {
  for (const [name, file] of Object.entries(await guests())) {
    await t.test(name, async () => {
      const upload = readFileSync(file);
      const folder = join(scratch, name);
      execFileSync(await hashi(), ["prepare", file, "--out", folder]);
      const answer = await send("/prepare", upload);
      assert.equal(answer.refusal, undefined, answer.refusal?.message);
      assert.deepEqual(answer.files.map((file) => file.name).sort(), readdirSync(folder).sort());
      for (const { name, sha256: said, measured } of answer.files) {
        const native = readFileSync(join(folder, name));
        assert.deepEqual(measured, { sha256: sha256(native), bytes: native.length }, name);
        assert.equal(said, measured.sha256, "the hash that is said is that of the bytes");
      }
      assert.equal(answer.files[0].name, "manifest.json");
      assert.equal(answer.bundle, answer.files[0].sha256);
      assert.equal(answer.report.sha256, sha256(upload));
      assert.equal(answer.report.bytes, upload.length);
    });
  }
});

test("the report says what can be called, in WIT", async () => {
  const { report, functions, types } = await send("/prepare", readFileSync((await guests())["hello-world"]));
  assert.equal(report.kind, "core_with_world");
  assert.deepEqual(report.worlds, ["http-handler"]);
  assert.deepEqual(functions, [{ name: "handle", signature: "func(request: request) -> result<response, string>" }]);
  assert.ok(types.includes("enum method { get, head, post, put, delete, patch, options }"), types.join("\n"));
  assert.ok(
    report.producers.some(({ field, name }) => field === "language" && name === "Rust"),
    JSON.stringify(report.producers),
  );
});

test("the same bytes give the same bundle again, in whatever order they come", async () => {
  const files = Object.values(await guests());
  const bundles = async (list) =>
    Object.fromEntries(
      await Promise.all(list.map(async (file) => [file, (await send("/prepare", readFileSync(file))).bundle])),
    );
  assert.deepEqual(await bundles(files.toReversed()), await bundles(files));
});

const refusals = {
  "nothing at all": [Buffer.alloc(0), "not_webassembly", "it is empty"],
  "a text": [Buffer.from("remember the milk"), "not_webassembly", "it begins with 72 65 6d 65"],
  "the beginning of a module": [Buffer.from([0, 0x61, 0x73, 0x6d]), "invalid_module", ""],
  "a module that is cut off": [moduleOf(Buffer.from([0, 0x0b])).subarray(0, 20), "invalid_module", ""],
  "a module of nothing": [moduleOf().subarray(0, 8), "nothing_exported", "export a function over numbers"],
  "a million nested blocks": [nestedBlocks(1_000_000), "limit_exceeded", "bytes of function 0"],
  "blocks nested too deep": [nestedBlocks(2_000), "limit_exceeded", "blocks inside one another in function 0"],
  "a function of four thousand million locals": [
    moduleOf(Buffer.from([1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b])),
    "limit_exceeded",
    "locals of function 0",
  ],
  "ten mebibytes and one byte": [Buffer.alloc(10 * 1024 * 1024 + 1), "limit_exceeded", "bytes of the module: 10485761"],
};

for (const [name, [bytes, code, words]] of Object.entries(refusals)) {
  test(`refused: ${name}`, async () => {
    const { refusal } = await send("/prepare", bytes);
    assert.equal(refusal?.code, code, JSON.stringify(refusal));
    assert.ok(refusal.message.includes(words), refusal.message);
  });
}

test("a module as large as may be becomes a bundle, in less than 100 MB", async () => {
  const upload = enlarged(readFileSync((await guests())["image-resize"]), 10 * 1024 * 1024);
  assert.ok(upload.length > 9.5 * 1024 * 1024, `${upload.length} bytes`);
  const answer = await send("/prepare", upload);
  assert.equal(answer.refusal, undefined, answer.refusal?.message);
  assert.ok(answer.memory < 100e6, `${answer.memory} bytes`);
  assert.ok(answer.files[1].measured.bytes > upload.length, "metering adds to it");
  const file = join(scratch, "large.wasm");
  writeFileSync(file, upload);
  execFileSync(await hashi(), ["prepare", file, "--out", join(scratch, "large")]);
  assert.equal(answer.bundle, sha256(readFileSync(join(scratch, "large", "manifest.json"))));
});

test("bytes that were changed on their way never kill the isolate, and never become another's bundle", async () => {
  const good = readFileSync((await guests())["hello-world"]);
  let state = 1;
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
  const codes = new Map();
  for (let round = 0; round < 300; round++) {
    const bad = Buffer.from(good);
    for (let i = 0; i < 1 + below(8); i++) bad[below(bad.length)] = below(256);
    const answer = await send("/prepare", round % 5 === 0 ? bad.subarray(0, below(bad.length)) : bad);
    const code = answer.refusal?.code ?? "taken";
    codes.set(code, 1 + (codes.get(code) ?? 0));
    assert.notEqual(code, "prepare_failed", `round ${round}`);
  }
  assert.ok(codes.get("invalid_module") > 50, JSON.stringify([...codes]));
});

const order = (byte, text = "") => Buffer.concat([Buffer.from([byte]), Buffer.from(text)]);

test("an upload that kills its instance is refused, and the next one finds a new isolate", async () => {
  assert.deepEqual((await send("/frail", order(0))).answer.refusal, { code: "alive", message: "1" });
  assert.deepEqual((await send("/frail", order(0))).answer.refusal, { code: "alive", message: "2" });
  const { answer, log } = await send("/frail", order(1));
  assert.equal(answer.refusal.code, "prepare_failed");
  assert.ok(!answer.refusal.message.includes("on demand"), "why it died is for the log alone");
  assert.match(log.join(), /on demand/);
  assert.deepEqual((await send("/frail", order(0))).answer.refusal, { code: "alive", message: "1" });
});

test("an isolate that fails is replaced twice, then the upload is refused", async () => {
  const { answer, log } = await send("/frail", order(2));
  assert.equal(answer.refusal.code, "prepare_failed");
  assert.equal(log.length, 2, log.join("\n"));
  assert.deepEqual((await send("/frail", order(0))).answer.refusal, { code: "alive", message: "1" });
});

test("the isolate has no network", async () => {
  const address = `http://127.0.0.1:${upstream.address().port}/`;
  assert.equal(
    await (await fetch(`${worker.url}/fetch?from=${address}`)).text(),
    "reached",
    "the Worker itself reaches it",
  );
  const { answer } = await send("/frail", order(3, address));
  assert.equal(answer.refusal.code, "fetched");
  assert.match(answer.refusal.message, /^refused: /);
});
