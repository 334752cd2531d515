// A bundle as one object: the length of the index as four bytes, the lowest first, the index, which is JSON, and the files one after the other.

/**
 * @param {{ name: string, sha256: string, bytes: ArrayBuffer }[]} files
 * @returns {ArrayBuffer}
 */
export function pack(files) {
  const index = new TextEncoder().encode(
    JSON.stringify(files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes: bytes.byteLength }))),
  );
  const length = files.reduce((sum, file) => sum + file.bytes.byteLength, 4 + index.length);
  const packed = new Uint8Array(length);
  new DataView(packed.buffer).setUint32(0, index.length, true);
  packed.set(index, 4);
  let at = 4 + index.length;
  for (const { bytes } of files) {
    packed.set(new Uint8Array(bytes), at);
    at += bytes.byteLength;
  }
  return packed.buffer;
}

/**
 * The files of a bundle whose hash was checked; those of the files are for who keeps them apart.
 *
 * @param {ArrayBuffer} packed
 * @returns {{ name: string, sha256: string, bytes: ArrayBuffer }[]}
 */
export function unpack(packed) {
  let at = 4 + new DataView(packed).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(new Uint8Array(packed, 4, at - 4)));
  return index.map(({ name, sha256, bytes }) => {
    const start = at;
    at += bytes;
    return { name, sha256, bytes: packed.slice(start, at) };
  });
}
