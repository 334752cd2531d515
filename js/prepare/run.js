// The host's side of crates/prepare: one instance for one upload.

/**
 * @typedef {object} Prepared
 * @property {object} report           what the upload is: `name`, `kind`, `bytes`, `sha256`, `worlds`, `exports`, `imports`, `memories`, `producers`
 * @property {{ name: string, signature: string }[]} functions what can be called in it, by the name that a call gives
 * @property {string[]} types          the definitions of the types that the signatures name
 * @property {string} bundle           the hash of `manifest.json`, which holds those of the other files
 * @property {{ name: string, sha256: string, bytes: ArrayBuffer }[]} files the bundle, `manifest.json` first
 * @property {number} memory           bytes of memory that preparing took
 *
 * @typedef {{ refusal: { code: string, message: string } }} Refused
 * @typedef {{ death: string }} Died    the instance died of the upload; the text is for the log
 */

/**
 * Prepares an upload.
 *
 * @param {WebAssembly.Module} module crates/prepare
 * @param {ArrayBuffer} upload
 * @returns {Prepared | (Refused | Died) & { memory: number }}
 */
export function run(module, upload) {
  let last = "";
  /** @type {any} */
  let exports;
  const view = (at, length) => new Uint8Array(exports.memory.buffer, at, length);
  const died = (at, length) => {
    last = new TextDecoder().decode(view(at, length));
  };
  try {
    exports = new WebAssembly.Instance(module, { host: { died } }).exports;
    const room = exports.room(upload.byteLength);
    // None for what is too long, which the answer says.
    if (room !== 0) view(room, upload.byteLength).set(new Uint8Array(upload));
    const parts = Array.from({ length: exports.run() }, (_, index) =>
      view(exports.part_at(index), exports.part_length(index)),
    );
    const answer = JSON.parse(new TextDecoder().decode(parts[0]));
    answer.files?.forEach((file, index) => {
      file.bytes = parts[index + 1].slice().buffer;
    });
    return { ...answer, memory: exports.memory.buffer.byteLength };
  } catch (error) {
    return { death: last || `${error}`, memory: exports?.memory.buffer.byteLength ?? 0 };
  }
}
