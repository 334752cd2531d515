/** Objects on their way out. */
import { json } from "../http.mjs";
import { noSuchKey, StorageError } from "./errors.mjs";

/** An object's bytes, whole or a range; its head alone for `HEAD`. */
export async function send(request, object) {
  const { server, message, url } = request;
  const { metadata, version } = object;
  const size = server.blobs.size(version);
  if (size === undefined) throw noSuchKey();
  const headers = {
    "Content-Type": metadata.mimetype,
    "Cache-Control": metadata.cacheControl,
    ETag: metadata.eTag,
    "Last-Modified": new Date(metadata.lastModified).toUTCString(),
    "Accept-Ranges": "bytes",
  };
  const wanted = url.searchParams.get("download");
  if (wanted !== null) {
    const name = wanted === "" ? object.name.split("/").at(-1) : wanted;
    headers["Content-Disposition"] = `attachment; filename*=UTF-8''${encodeURIComponent(name)};`;
  }
  if (message.headers["if-none-match"] === metadata.eTag) return { status: 304, headers, body: "" };
  const range = parseRange(message.headers.range, size);
  const [start, end] = range ?? [0, size];
  if (range) headers["Content-Range"] = `bytes ${start}-${end - 1}/${size}`;
  const body = await server.blobs.read(version, start, end);
  if (!body) throw noSuchKey();
  return { status: range ? 206 : 200, headers, body };
}

/** One range of bytes; undefined for none, or for what isn't one. */
function parseRange(header, size) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === undefined || (from === "" && to === "")) return undefined;
  const [start, end] =
    from === ""
      ? [Math.max(0, size - Number(to)), size]
      : [Number(from), to === "" ? size : Math.min(size, Number(to) + 1)];
  if (start >= end) throw new StorageError(416, "InvalidRange", "The requested range is not satisfiable");
  return [start, end];
}

/** What is known of an object. */
export function info(object) {
  const { id, name, version, bucket_id, metadata, user_metadata, created_at } = object;
  return json(200, {
    id,
    name,
    version,
    bucket_id,
    size: metadata.size,
    content_type: metadata.mimetype,
    cache_control: metadata.cacheControl,
    etag: metadata.eTag,
    metadata: user_metadata ?? {},
    last_modified: metadata.lastModified,
    created_at,
  });
}
