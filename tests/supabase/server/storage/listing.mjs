/** `POST /object/list/{bucket}`: what lies directly in a folder. */
import { json } from "../http.mjs";
import { invalid } from "./errors.mjs";
import { asUser } from "./objects.mjs";

const COLUMNS = ["name", "created_at", "updated_at", "last_accessed_at"];
const escaped = (text) => text.replaceAll(/[\\%_]/g, "\\$&");

/** Folders and files of those objects that the caller may read. */
export async function list(request, bucket) {
  const { prefix = "", limit = 100, offset = 0, search = "", sortBy = {} } = request.body;
  const { column = "name", order = "asc" } = sortBy;
  if (!COLUMNS.includes(column) || !["asc", "desc"].includes(order))
    throw invalid("InvalidRequest", "body/sortBy is not allowed");
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const objects = await asUser(
    request,
    `select name, id, created_at, updated_at, last_accessed_at, metadata from storage.objects
     where bucket_id = $1 and name like $2 and metadata is not null`,
    [bucket, `${escaped(folder + search)}%`],
  );
  const entries = new Map();
  for (const object of objects) {
    const [name, ...below] = object.name.slice(folder.length).split("/");
    if (below.length === 0) entries.set(name, { ...object, name });
    else if (!entries.has(name)) {
      const none = { id: null, created_at: null, updated_at: null, last_accessed_at: null, metadata: null };
      entries.set(name, { name, ...none });
    }
  }
  const sign = order === "asc" ? 1 : -1;
  const value = (entry) => entry[column] ?? "";
  const sorted = [...entries.values()].sort((left, right) => (value(left) < value(right) ? -sign : sign));
  return json(200, sorted.slice(offset, offset + limit));
}
