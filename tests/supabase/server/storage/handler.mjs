/** `/storage/v1`: objects in buckets, as far as supabase-js's storage calls use it. Row-level security on storage.objects decides. */
import { json, readBody } from "../http.mjs";
import { TokenError } from "../jwt.mjs";
import { handleBuckets } from "./buckets.mjs";
import { info, send } from "./download.mjs";
import { denied, invalid, noSuchBucket, noSuchKey, StorageError } from "./errors.mjs";
import { list } from "./listing.mjs";
import { asService, remove, requireBucket, requireObject } from "./objects.mjs";
import { signMany, signOne, signUpload, verify } from "./signature.mjs";
import { copy, move, store, upload } from "./upload.mjs";

/** Answers one request. Parameters as for the REST API. */
export async function handleStorage(server, message, url, path, token) {
  const request = { server, message, url, method: message.method };
  try {
    return await route(request, path, token);
  } catch (error) {
    // What was not read of an upload is dropped, so that the client sees the answer.
    message.resume();
    if (error instanceof StorageError) return error.answer();
    throw error;
  }
}

async function route(request, path, token) {
  const [kind, ...rest] = path;
  const open = kind === "object" && openRoute(request, rest);
  if (open) return open;
  Object.assign(request, authenticate(request, token));
  if (kind === "bucket") {
    request.body = await readObject(request.message);
    return handleBuckets(request, rest);
  }
  if (kind === "object") return objectRoute(request, rest);
  return notFound(request);
}

/** What needs no caller: public buckets, and URLs that are signed. */
function openRoute(request, [first, second, ...rest]) {
  const { method } = request;
  const reading = method === "GET" || method === "HEAD";
  if (first === "public" && reading) return sendPublic(request, second, rest.join("/"));
  if (first === "sign" && reading) return sendSigned(request, second, rest.join("/"));
  if (first === "upload" && second === "sign" && method === "PUT")
    return storeSigned(request, rest[0], rest.slice(1).join("/"));
  return undefined;
}

function authenticate({ server, message, url }, token) {
  let claims;
  try {
    claims = server.tokens.verify(token, { skewSeconds: 0 });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw denied(error.reason === "expired" ? '"exp" claim timestamp check failed' : error.message);
  }
  const caller = {
    role: typeof claims.role === "string" ? claims.role : "anon",
    claims,
    method: message.method,
    path: url.pathname,
    headers: {},
    cookies: {},
  };
  return { caller, owner: typeof claims.sub === "string" ? claims.sub : null };
}

async function objectRoute(request, segments) {
  const { method } = request;
  const [first, second, ...rest] = segments;
  const name = (from) => segments.slice(from).join("/");
  const text = method === "POST" || method === "DELETE";
  if (text && (segments.length === 1 || ["sign", "list"].includes(first)))
    request.body = await readObject(request.message);
  switch (`${method} ${first}`) {
    case "POST copy":
      return copy(request);
    case "POST move":
      return move(request);
    case "POST list":
      await requireBucket(request.server, second);
      return list(request, second);
    case "POST sign":
      return rest.length === 0 ? signMany(request, second) : signOne(request, second, name(2));
    case "POST upload":
      if (second === "sign") return signUpload(request, rest[0], name(3));
      break;
    case "GET info":
      return info(
        await requireObject(request, ...(await named(request, segments.slice(second === "authenticated" ? 2 : 1)))),
      );
    case "GET authenticated":
    case "HEAD authenticated":
      return send(request, await requireObject(request, ...(await named(request, segments.slice(1)))));
  }
  if (method === "GET" || method === "HEAD")
    return send(request, await requireObject(request, ...(await named(request, segments))));
  if (method === "POST" || method === "PUT") return upload(request, first, name(1));
  if (method === "DELETE")
    return segments.length === 1 ? removeMany(request, first) : removeOne(request, first, name(1));
  return notFound(request);
}

async function named({ server }, [bucket, ...name]) {
  await requireBucket(server, bucket);
  return [bucket, name.join("/")];
}

async function removeMany(request, bucket) {
  const { prefixes } = request.body;
  if (!Array.isArray(prefixes) || prefixes.length === 0 || prefixes.length > 1000) {
    throw invalid("InvalidRequest", "body/prefixes must have 1 to 1000 items");
  }
  await requireBucket(request.server, bucket);
  const removed = await remove(request, bucket, prefixes);
  for (const { version } of removed) request.server.blobs.remove(version);
  return json(200, removed);
}

async function removeOne(request, bucket, name) {
  await requireBucket(request.server, bucket);
  const removed = await remove(request, bucket, [name]);
  if (removed.length === 0) throw noSuchKey();
  for (const { version } of removed) request.server.blobs.remove(version);
  return json(200, { message: "Successfully deleted" });
}

async function sendPublic(request, bucket, name) {
  if (!(await requireBucket(request.server, bucket)).public) throw noSuchBucket();
  return send(request, await anyObject(request.server, bucket, name));
}

async function sendSigned(request, bucket, name) {
  verify(request, bucket, name);
  return send(request, await anyObject(request.server, bucket, name));
}

async function storeSigned(request, bucket, name) {
  const { upsert, owner } = verify(request, bucket, name, { upload: true });
  return json(200, await store(request, await requireBucket(request.server, bucket), name, { upsert, owner }));
}

async function anyObject(server, bucket, name) {
  const sql = "select * from storage.objects where bucket_id = $1 and name = $2 and metadata is not null";
  const [object] = await asService(server, sql, [bucket, name]);
  if (!object) throw noSuchKey();
  return object;
}

async function readObject(message) {
  const body = await readBody(message);
  if (body.trim() === "") return {};
  try {
    const value = JSON.parse(body);
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Answered below.
  }
  throw invalid("InvalidRequest", "body must be object");
}

function notFound({ method, url }) {
  const path = url.pathname.replace(/^\/storage\/v1/, "");
  return json(404, { message: `Route ${method}:${path} not found`, error: "Not Found", statusCode: "404" });
}
