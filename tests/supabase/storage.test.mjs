/** Storage by supabase-js's own calls: what it gives back, and whom row-level security lets at which object. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFor, signedUp, startFixture } from "./fixtures/server.mjs";

describe("storage", () => {
  let server;
  let ada;
  let bob;
  let mine;
  before(async () => {
    server = await startFixture();
    ada = await signedUp(server, "ada@example.org");
    bob = await signedUp(server, "bob@example.org");
    mine = (name) => `${ada.user.id}/${name}`;
  });
  after(() => server?.close());

  const files = (db) => db.storage.from("files");
  const refused = ({ error, data }) => {
    assert.equal(data, null);
    return [error.statusCode, error.code, error.message];
  };
  const NO_KEY = ["404", "NoSuchKey", "Object not found"];
  const POLICY = ["403", "AccessDenied", "new row violates row-level security policy"];
  const text = async ({ data, error }) => {
    assert.equal(error, null);
    return data.text();
  };

  it("gives back what was stored, from each kind of body", async () => {
    const stream = new Blob(["stream"]).stream();
    for (const [name, body] of [
      ["bytes", new TextEncoder().encode("bytes")],
      ["buffer", Buffer.from("buffer")],
      ["blob", new Blob(["blob"], { type: "text/x-blob" })],
      ["file", new File(["file"], "file.txt", { type: "text/plain" })],
      ["text", "text"],
      ["stream", stream],
      ["empty", ""],
    ]) {
      const { data, error } = await files(ada).upload(mine(`kinds/${name}`), body, { contentType: "text/plain" });
      assert.equal(error, null, name);
      assert.equal(data.path, mine(`kinds/${name}`));
      assert.equal(data.fullPath, `files/${mine(`kinds/${name}`)}`);
      assert.equal(await text(await files(ada).download(data.path)), name === "empty" ? "" : name);
    }
    const { data } = await files(ada).info(mine("kinds/blob"));
    assert.deepEqual([data.size, data.contentType, data.cacheControl], [4, "text/x-blob", "max-age=3600"]);
  });

  it("stores over what is there only when asked to", async () => {
    const path = mine("twice");
    await files(ada).upload(path, "one");
    assert.deepEqual(refused(await files(ada).upload(path, "two")), [
      "409",
      "KeyAlreadyExists",
      "The resource already exists",
    ]);
    assert.equal(await text(await files(ada).download(path)), "one");
    assert.equal((await files(ada).upload(path, "three", { upsert: true })).error, null);
    assert.equal(await text(await files(ada).download(path)), "three");
    assert.equal((await files(ada).update(path, "four")).error, null);
    assert.equal(await text(await files(ada).download(path)), "four");
    assert.deepEqual(refused(await files(ada).update(mine("nothing"), "x")), NO_KEY);
  });

  it("shows another user nothing and lets them change nothing", async () => {
    const path = mine("own");
    await files(ada).upload(path, "mine");
    for (const db of [bob, server.anon]) {
      assert.deepEqual(refused(await files(db).info(path)), NO_KEY);
      assert.equal((await files(db).download(path)).error.status, 400);
      assert.deepEqual((await files(db).list(ada.user.id)).data, []);
      assert.deepEqual(refused(await files(db).upload(path, "theirs", { upsert: true })), POLICY);
      assert.deepEqual(refused(await files(db).upload(mine("planted"), "x")), POLICY);
      assert.deepEqual((await files(db).remove([path])).data, []);
      assert.deepEqual(refused(await files(db).move(path, `${bob.user.id}/stolen`)), NO_KEY);
      assert.deepEqual(refused(await files(db).copy(path, `${bob.user.id}/stolen`)), NO_KEY);
      assert.deepEqual(refused(await files(db).createSignedUrl(path, 60)), NO_KEY);
    }
    assert.equal(await text(await files(ada).download(path)), "mine");
    assert.equal(
      await text(await files(server.service).download(path)),
      "mine",
      "the service role is past every policy",
    );
  });

  it("copies and moves within what the caller may do", async () => {
    await files(ada).upload(mine("from"), "bytes");
    assert.equal((await files(ada).copy(mine("from"), mine("to"))).error, null);
    assert.deepEqual(refused(await files(ada).copy(mine("from"), mine("to"))), [
      "409",
      "KeyAlreadyExists",
      "The resource already exists",
    ]);
    assert.deepEqual(refused(await files(ada).copy(mine("from"), `${bob.user.id}/gift`)), POLICY);
    assert.equal((await files(ada).move(mine("from"), mine("moved"))).error, null);
    assert.deepEqual(refused(await files(ada).info(mine("from"))), NO_KEY);
    assert.equal(await text(await files(ada).download(mine("moved"))), "bytes");
    assert.equal(await text(await files(ada).download(mine("to"))), "bytes", "a copy outlives its original");
  });

  it("lists what lies in a folder, and folders once", async () => {
    for (const name of ["c", "a", "b", "sub/x", "sub/y", "su_/z"]) await files(ada).upload(mine(`list/${name}`), "12");
    const names = async (folder, options) =>
      (await files(ada).list(mine(folder), options)).data.map(({ name }) => name);
    assert.deepEqual(await names("list"), ["a", "b", "c", "su_", "sub"]);
    assert.deepEqual(await names("list/sub"), ["x", "y"]);
    assert.deepEqual(await names("list", { limit: 2, offset: 1 }), ["b", "c"]);
    assert.deepEqual(await names("list", { search: "su", sortBy: { column: "name", order: "desc" } }), ["sub", "su_"]);
    assert.deepEqual(await names("list/su_"), ["z"], "a folder is no pattern");
    const [file] = (await files(ada).list(mine("list"))).data;
    assert.deepEqual([file.metadata.size, typeof file.id], [2, "string"]);
  });

  it("removes what the caller may remove, and its bytes", async () => {
    await files(ada).upload(mine("gone"), "x");
    const { data } = await files(ada).remove([mine("gone"), mine("never")]);
    assert.deepEqual(
      data.map(({ name }) => name),
      [mine("gone")],
    );
    assert.deepEqual(refused(await files(ada).info(mine("gone"))), NO_KEY);
  });

  it("answers ranges, entity tags and heads", async () => {
    await files(ada).upload(mine("range"), "0123456789");
    const get = (headers, init) =>
      fetch(`${server.url}/storage/v1/object/authenticated/files/${mine("range")}`, {
        ...init,
        headers: { authorization: `Bearer ${ada.session.access_token}`, ...headers },
      });
    for (const [range, status, body, content] of [
      ["bytes=2-4", 206, "234", "bytes 2-4/10"],
      ["bytes=-3", 206, "789", "bytes 7-9/10"],
      ["bytes=8-100", 206, "89", "bytes 8-9/10"],
      ["bytes=x", 200, "0123456789", null],
    ]) {
      const answer = await get({ range });
      assert.deepEqual(
        [answer.status, await answer.text(), answer.headers.get("content-range")],
        [status, body, content],
        range,
      );
    }
    assert.equal((await (await get({ range: "bytes=10-" })).json()).statusCode, "416");
    const head = await get({}, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, "10", ""]);
    assert.equal((await get({ "if-none-match": head.headers.get("etag") })).status, 304);
  });

  it("signs a URL for one object and for a while", async () => {
    await files(ada).upload(mine("signed"), "signed");
    await files(ada).upload(mine("other"), "other");
    const { data } = await files(ada).createSignedUrl(mine("signed"), 60, { download: "n.txt" });
    const answer = await fetch(data.signedUrl);
    assert.equal(await answer.text(), "signed");
    assert.match(answer.headers.get("content-disposition"), /n\.txt/);
    const token = new URL(data.signedUrl).searchParams.get("token");
    const at = async (path, token) => {
      const answer = await fetch(`${server.url}/storage/v1/object/sign/files/${path}?token=${token}`);
      return [answer.status, (await answer.json()).code];
    };
    assert.deepEqual(await at(mine("other"), token), [400, "InvalidSignature"], "another object");
    assert.deepEqual(await at(mine("signed"), "x.y.z"), [400, "InvalidJWT"]);
    assert.deepEqual(await at(mine("signed"), ada.session.access_token), [400, "InvalidSignature"], "a user's token");
    const past = Math.floor(Date.now() / 1000) - 10;
    const expired = server.tokens.signSymmetric({ url: `files/${mine("signed")}`, exp: past });
    assert.deepEqual(await at(mine("signed"), expired), [400, "InvalidJWT"], "an expired one");
    const many = (await files(ada).createSignedUrls([mine("signed"), mine("none")], 60)).data;
    assert.equal(await (await fetch(many[0].signedUrl)).text(), "signed");
    assert.deepEqual([many[1].signedUrl, typeof many[1].error], [null, "string"]);
  });

  it("lets a signed URL store one object", async () => {
    const { data } = await files(ada).createSignedUploadUrl(mine("by-url"));
    assert.equal((await files(server.anon).uploadToSignedUrl(data.path, data.token, "stored")).error, null);
    assert.equal(await text(await files(ada).download(mine("by-url"))), "stored");
    const elsewhere = await files(server.anon).uploadToSignedUrl(mine("elsewhere"), data.token, "x");
    assert.equal(elsewhere.error.code, "InvalidSignature");
    assert.deepEqual(refused(await files(bob).createSignedUploadUrl(mine("planted"))), POLICY);
    const read = (await files(ada).createSignedUrl(mine("by-url"), 60)).data.signedUrl;
    const upload = await files(server.anon).uploadToSignedUrl(data.path, new URL(read).searchParams.get("token"), "x");
    assert.equal(upload.error.code, "InvalidSignature", "a URL to read is none to write");
  });

  it("serves a public bucket to everyone, and a private one to nobody", async () => {
    await server.service.storage.from("posters").upload("p.txt", "poster");
    const url = server.anon.storage.from("posters").getPublicUrl("p.txt").data.publicUrl;
    assert.equal(await (await fetch(url)).text(), "poster");
    await files(ada).upload(mine("private"), "x");
    const closed = await fetch(files(ada).getPublicUrl(mine("private")).data.publicUrl);
    assert.equal((await closed.json()).code, "NoSuchBucket");
    assert.deepEqual(refused(await server.anon.storage.from("posters").upload("q.txt", "x")), POLICY);
  });

  it("keeps to a bucket's limit, and leaves nothing of what is too large or breaks off", async () => {
    assert.equal((await files(ada).upload(mine("full"), new Uint8Array(1_000_000))).error, null);
    assert.deepEqual(refused(await files(ada).upload(mine("over"), new Uint8Array(1_000_001))), [
      "413",
      "EntityTooLarge",
      "The object exceeded the maximum allowed size",
    ]);
    const broken = new ReadableStream({
      pull(controller) {
        if (this.sent) return controller.error(new Error("cut"));
        this.sent = true;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    assert.notEqual((await files(ada).upload(mine("cut"), broken, { duplex: "half" })).error, null);
    for (const name of ["over", "cut"]) assert.deepEqual(refused(await files(ada).info(mine(name))), NO_KEY);
  });

  it("refuses a token that isn't valid any more, and names that are none", async () => {
    const expired = server.tokens.signSymmetric({ sub: ada.user.id, role: "authenticated", exp: 1 });
    const late = clientFor(server.url, server.anonKey, { accessToken: async () => expired });
    assert.deepEqual(refused(await files(late).upload(mine("late"), "x")).slice(0, 2), ["403", "AccessDenied"]);
    assert.equal((await files(ada).upload(mine('a"b'), "x")).error.code, "InvalidKey");
    assert.equal((await ada.storage.from("nowhere").upload("x", "x")).error.code, "NoSuchBucket");
  });

  it("makes, changes, empties and deletes buckets, for the service role alone", async () => {
    const { storage } = server.service;
    const options = { public: false, fileSizeLimit: "1KB", allowedMimeTypes: ["image/*"] };
    assert.equal((await storage.createBucket("temporary", options)).error, null);
    assert.equal((await storage.createBucket("temporary", options)).error.statusCode, "409");
    const bucket = (await storage.getBucket("temporary")).data;
    assert.deepEqual([bucket.public, bucket.file_size_limit, bucket.allowed_mime_types], [false, 1000, ["image/*"]]);
    const temporary = storage.from("temporary");
    assert.equal((await temporary.upload("t", "x", { contentType: "text/plain" })).error.code, "InvalidMimeType");
    assert.equal((await temporary.upload("i", "x", { contentType: "image/png" })).error, null);
    assert.equal(
      (await temporary.upload("big", "x".repeat(1001), { contentType: "image/png" })).error.statusCode,
      "413",
    );
    assert.equal((await storage.updateBucket("temporary", { public: true })).error, null);
    assert.equal((await storage.deleteBucket("temporary")).error.code, "ResourceNotEmpty");
    assert.equal((await storage.emptyBucket("temporary")).error, null);
    assert.equal((await storage.deleteBucket("temporary")).error, null);
    assert.equal((await ada.storage.createBucket("hers")).error.code, "AccessDenied");
    assert.equal((await ada.storage.getBucket("files")).error.code, "NoSuchBucket");
    assert.deepEqual((await ada.storage.listBuckets()).data, []);
  });
});
