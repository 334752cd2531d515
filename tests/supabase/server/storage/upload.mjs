/** Objects on their way in: the body of a request, a copy, a move. */
import { Readable } from "node:stream";
import { json } from "../http.mjs";
import { invalid, noSuchKey, StorageError } from "./errors.mjs";
import { checkStorable, note, remove, requireBucket, requireObject } from "./objects.mjs";

const KEY = /^[\w/!\-.*'() &$@=;:+,?]{1,1024}$/;
const MOST_BYTES = 50 * 1024 * 1024;

/** Fails unless `name` can be an object's. @throws {StorageError} */
export function checkKey(name) {
  if (!KEY.test(name)) throw invalid("InvalidKey", `Invalid key: ${name}`);
}

/** `POST` (new, or in the place of another with `x-upsert`) and `PUT` (in the place of another) of an object's bytes. */
export async function upload(request, bucketId, name) {
  const { server, message, method } = request;
  checkKey(name);
  const bucket = await requireBucket(server, bucketId);
  const upsert = method === "PUT" || message.headers["x-upsert"] === "true";
  if (method === "PUT") await requireObject(request, bucketId, name);
  await checkStorable(request, bucketId, name, upsert);
  return json(200, await store(request, bucket, name, { upsert, owner: request.owner }));
}

/** Stores the request's body; what the caller may do was asked before. */
export async function store(request, bucket, name, { upsert, owner }) {
  const { server, message } = request;
  const body = await readUpload(message);
  const allowed = bucket.allowed_mime_types;
  if (allowed?.length > 0 && !allowed.some((pattern) => matches(body.type, pattern))) {
    throw new StorageError(415, "InvalidMimeType", `mime type ${body.type} is not supported`, "invalid_mime_type");
  }
  const limit = Math.min(bucket.file_size_limit ?? MOST_BYTES, MOST_BYTES);
  const { version, size, etag } = await server.blobs.write(body.source, limit);
  const metadata = {
    eTag: etag,
    size,
    mimetype: body.type,
    cacheControl: body.cacheControl,
    lastModified: new Date().toISOString(),
    contentLength: size,
    httpStatusCode: 200,
  };
  const id = await keep(server, {
    bucket: bucket.id,
    name,
    owner,
    version,
    metadata,
    userMetadata: body.metadata,
    upsert,
  });
  return { Id: id, Key: `${bucket.id}/${name}` };
}

/** Notes a stored version, or removes it again; removes the one that it takes the place of. */
async function keep(server, object) {
  try {
    const { id, replaced } = await note(server, object);
    server.blobs.remove(replaced);
    return id;
  } catch (error) {
    server.blobs.remove(object.version);
    throw error;
  }
}

/** The bytes of a request, sent as they are or as a form with one file. */
async function readUpload(message) {
  const type = message.headers["content-type"] ?? "application/octet-stream";
  if (!type.startsWith("multipart/form-data")) {
    const metadata = message.headers["x-metadata"];
    return {
      source: message,
      type,
      cacheControl: message.headers["cache-control"] ?? "no-cache",
      metadata: metadata === undefined ? undefined : parsed(Buffer.from(metadata, "base64").toString("utf8")),
    };
  }
  const form = await new Response(Readable.toWeb(message), { headers: { "content-type": type } })
    .formData()
    .catch(() => {
      throw invalid("InvalidRequest", "The form could not be read");
    });
  const file = [...form.values()].find((value) => typeof value !== "string");
  if (!file) throw invalid("InvalidRequest", "No content provided");
  const seconds = form.get("cacheControl");
  const metadata = form.get("metadata");
  return {
    source: file.stream(),
    type: file.type || "application/octet-stream",
    cacheControl: seconds ? `max-age=${seconds}` : "no-cache",
    metadata: metadata === null ? undefined : parsed(metadata),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("InvalidRequest", "The metadata is no JSON");
  }
}

const matches = (type, pattern) => {
  const plain = type.split(";")[0].trim();
  return pattern.endsWith("/*") ? plain.startsWith(pattern.slice(0, -1)) : plain === pattern;
};

/** `POST /object/copy`. The caller needs to read the one and store the other. */
export async function copy(request) {
  const { server, message, body } = request;
  const { bucketId, sourceKey, destinationKey, destinationBucket = bucketId } = body;
  requireText({ bucketId, sourceKey, destinationKey });
  checkKey(destinationKey);
  await requireBucket(server, bucketId);
  await requireBucket(server, destinationBucket);
  const source = await requireObject(request, bucketId, sourceKey);
  const upsert = message.headers["x-upsert"] === "true";
  await checkStorable(request, destinationBucket, destinationKey, upsert);
  const version = await server.blobs.copy(source.version);
  if (!version) throw noSuchKey();
  const { metadata, user_metadata } = source;
  const object = { bucket: destinationBucket, name: destinationKey, owner: request.owner, version, upsert };
  const id = await keep(server, {
    ...object,
    metadata: { ...metadata, lastModified: new Date().toISOString() },
    userMetadata: body.copyMetadata === false ? body.metadata : (user_metadata ?? undefined),
  });
  return json(200, { Id: id, Key: `${destinationBucket}/${destinationKey}`, name: destinationKey });
}

/** `POST /object/move`: a copy, and the original is removed. */
export async function move(request) {
  const { bucketId, sourceKey } = request.body;
  await copy(request);
  const removed = await remove(request, bucketId, [sourceKey]);
  for (const { version } of removed) request.server.blobs.remove(version);
  return json(200, { message: "Successfully moved" });
}

function requireText(fields) {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== "string" || value === "")
      throw invalid("InvalidRequest", `body must have required property '${name}'`);
  }
}
