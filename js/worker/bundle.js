// Bundles in the object store: one object each, under the SHA-256 of its manifest, which holds those of its files.
//
// The object is the length of the manifest in bytes, as decimal digits, a line feed, the manifest, then its files one after the other.

/** The object of a bundle; `files` are the core modules in the manifest's order. */
export function packBundle(manifest, files) {
  const head = new TextEncoder().encode(`${manifest.length}\n`);
  const parts = [head, manifest, ...files];
  const object = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    object.set(part, at);
    at += part.length;
  }
  return object;
}

/**
 * Reads a bundle and checks every byte of it: `{ manifest, files, size }`, text and `[name, ArrayBuffer]` pairs; undefined if there is none, null if it
 * isn't the one that was stored.
 */
export async function readBundle(bucket, key, sha256) {
  const object = await bucket.get(key);
  if (!object) return undefined;
  const bytes = await object.arrayBuffer();
  try {
    return await unpacked(bytes, sha256);
  } catch {
    return null;
  }
}

async function unpacked(bytes, sha256) {
  const all = new Uint8Array(bytes);
  const begin = all.indexOf(0x0a) + 1;
  const text = new TextDecoder("utf-8", { fatal: true });
  let at = begin + Number(text.decode(all.subarray(0, begin)));
  const manifest = all.subarray(begin, at);
  if ((await hash(manifest)) !== sha256) return null;
  const files = [];
  for (const { name, bytes: length, sha256 } of JSON.parse(text.decode(manifest)).files) {
    const file = bytes.slice(at, at + length);
    at += length;
    if ((await hash(file)) !== sha256) return null;
    files.push([name, file]);
  }
  return at === all.length ? { manifest: text.decode(manifest), files, size: all.length } : null;
}

async function hash(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
