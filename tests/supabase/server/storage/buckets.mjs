/** `/bucket`: buckets are made and changed by who may write storage.buckets, which without a policy is the service role alone. */
import { json } from "../http.mjs";
import { invalid, noSuchBucket, StorageError } from "./errors.mjs";
import { asUser, remove } from "./objects.mjs";

const UNITS = { B: 1, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3 };

/** Answers a request below `/bucket`. */
export async function handleBuckets(request, [id, action]) {
  const { method, body } = request;
  if (id === undefined) {
    if (method === "GET") return json(200, await asUser(request, "select * from storage.buckets order by name", []));
    if (method === "POST") return create(request, body);
  } else if (action === undefined) {
    if (method === "GET") return json(200, await visible(request, id));
    if (method === "PUT") return change(request, id, body);
    if (method === "DELETE") return destroy(request, id);
  } else if (action === "empty" && method === "POST") {
    await visible(request, id);
    await clear(request, id);
    return json(200, { message: "Successfully emptied" });
  }
  return json(404, { message: `Route ${method}:/bucket not found`, error: "Not Found", statusCode: "404" });
}

async function visible(request, id) {
  const [bucket] = await asUser(request, "select * from storage.buckets where id = $1", [id]);
  if (!bucket) throw noSuchBucket();
  return bucket;
}

async function create(request, { id, name = id, public: open = false, file_size_limit, allowed_mime_types }) {
  if (typeof name !== "string" || !/^[\w!\-.*'() &$@=;:+,?]{1,100}$/.test(name)) {
    throw new StorageError(400, "InvalidBucketName", "Bucket name invalid", "Invalid Input");
  }
  await asUser(
    request,
    `insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
     values ($1, $2, $3::uuid, $3::text, $4::boolean, $5::bigint, array(select json_array_elements_text($6::json))) returning id`,
    [id ?? name, name, request.owner, String(open), bytes(file_size_limit), JSON.stringify(allowed_mime_types ?? [])],
  );
  return json(200, { name });
}

async function change(request, id, { public: open, file_size_limit, allowed_mime_types }) {
  const before = await visible(request, id);
  const types = allowed_mime_types === undefined ? before.allowed_mime_types : allowed_mime_types;
  const changed = await asUser(
    request,
    `update storage.buckets set public = $2::boolean, file_size_limit = $3::bigint,
       allowed_mime_types = array(select json_array_elements_text($4::json)), updated_at = now() where id = $1 returning id`,
    [
      id,
      String(open ?? before.public),
      file_size_limit === undefined ? before.file_size_limit : bytes(file_size_limit),
      JSON.stringify(types ?? []),
    ],
  );
  if (changed.length === 0) throw noSuchBucket();
  return json(200, { message: "Successfully updated" });
}

async function destroy(request, id) {
  await visible(request, id);
  const objects = await asUser(request, "select id from storage.objects where bucket_id = $1 limit 1", [id]);
  if (objects.length > 0) {
    throw new StorageError(409, "ResourceNotEmpty", "The bucket you tried to delete is not empty");
  }
  const removed = await asUser(request, "delete from storage.buckets where id = $1 returning id", [id]);
  if (removed.length === 0) throw noSuchBucket();
  return json(200, { message: "Successfully deleted" });
}

async function clear(request, id) {
  const objects = await asUser(request, "select name from storage.objects where bucket_id = $1", [id]);
  const removed = await remove(
    request,
    id,
    objects.map(({ name }) => name),
  );
  for (const { version } of removed) request.server.blobs.remove(version);
}

/** A limit in bytes, or as text with a unit. */
function bytes(limit) {
  if (limit === undefined || limit === null) return null;
  const [, number, unit] = /^(\d+)\s*(B|KB|MB|GB)?$/.exec(String(limit)) ?? [];
  if (!number) throw invalid("InvalidRequest", "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B");
  return Number(number) * UNITS[unit ?? "B"];
}
