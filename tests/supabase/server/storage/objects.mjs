/** Rows of storage.objects and storage.buckets: as the caller, whom row-level security bounds, or as the service itself. */
import { asCaller } from "../rest/session.mjs";
import { duplicate, fromDatabase, noSuchBucket, noSuchKey } from "./errors.mjs";

const OBJECT =
  "id, name, bucket_id, owner, owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at";

/** One statement that always gives one row: the rows of the inner one as JSON. */
const rows = (sql) =>
  `with inner_rows as (${sql}) select coalesce(json_agg(inner_rows), '[]')::text as rows from inner_rows`;

/** Runs one statement as the caller. `rollback` only tries whether it would be allowed. */
export async function asUser(request, sql, values, { rollback = false } = {}) {
  try {
    return await asCaller(
      request.server,
      request.caller,
      { readOnly: false, schema: "storage" },
      async (transaction) => {
        const result = await transaction.query(
          rows(sql),
          values.map((value) => (value === null || value === undefined ? null : String(value))),
        );
        return Object.assign(JSON.parse(result.rows[0].rows), { rollback });
      },
    );
  } catch (error) {
    throw fromDatabase(error);
  }
}

/** Runs one statement as the service. */
export async function asService(server, sql, values) {
  const result = await server.database.query(rows(sql), values);
  return JSON.parse(result.rows[0].rows);
}

/** The bucket, whoever asks. @throws {StorageError} */
export async function requireBucket(server, id) {
  const [bucket] = await asService(server, "select * from storage.buckets where id = $1", [id]);
  if (!bucket) throw noSuchBucket();
  return bucket;
}

/** The object, if the caller may read it. @throws {StorageError} */
export async function requireObject(request, bucket, name) {
  const [object] = await asUser(
    request,
    `select ${OBJECT} from storage.objects where bucket_id = $1 and name = $2 and metadata is not null`,
    [bucket, name],
  );
  if (!object) throw noSuchKey();
  return object;
}

const INSERT = `insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
  values ($1, $2, $3::uuid, $3::text, $4, $5::jsonb, $6::jsonb)`;
const OVERWRITE = `on conflict (bucket_id, name) do update set owner = excluded.owner, owner_id = excluded.owner_id,
  version = excluded.version, metadata = excluded.metadata, user_metadata = excluded.user_metadata, updated_at = now()`;

const insertion = (upsert) => `${INSERT} ${upsert ? OVERWRITE : ""} returning id`;

/** Fails unless the caller may store an object of this name. @throws {StorageError} */
export async function checkStorable(request, bucket, name, upsert) {
  await asUser(request, insertion(upsert), [bucket, name, request.owner, "", "{}", null], { rollback: true });
}

/**
 * Notes an object whose bytes are stored. Gives its id and the version that it takes the place of.
 *
 * @throws {StorageError} if there is one already and `upsert` is not set
 */
export async function note(server, { bucket, name, owner, version, metadata, userMetadata, upsert }) {
  const before = await asService(server, "select version from storage.objects where bucket_id = $1 and name = $2", [
    bucket,
    name,
  ]);
  try {
    const [{ id }] = await asService(server, insertion(upsert), [
      bucket,
      name,
      owner,
      version,
      JSON.stringify(metadata),
      userMetadata === undefined ? null : JSON.stringify(userMetadata),
    ]);
    return { id, replaced: before[0]?.version };
  } catch (error) {
    if (error.code === "23505") throw duplicate();
    throw error;
  }
}

/** Deletes the objects of these names that the caller may delete; gives their rows. */
export function remove(request, bucket, names) {
  return asUser(
    request,
    `delete from storage.objects where bucket_id = $1 and name = any (array(select json_array_elements_text($2::json))) returning ${OBJECT}`,
    [bucket, JSON.stringify(names)],
  );
}
