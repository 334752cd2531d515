// Memory of the engine's that small calls and answers cross the border in; crates/sqlite/src/edge/slate.rs is the other side.
import { cellsFrom } from "./pack.js";
import { Op } from "./op.js";

const [NULL, NUMBER, TRUTH, TEXT] = [0, 1, 2, 3];

/** Numbers before those of the values. */
const HEAD = 8;

/** UTF-16 units up to which a text is cheaper written letter by letter. */
const short = 64;

const encoder = new TextEncoder();

export class Slate {
  #memory;
  #numbersAt;
  #bytesAt;
  #values;
  #text;
  #views = { numbers: new Float64Array(0), bytes: new Uint8Array(0) };

  /** @param {WebAssembly.Memory} memory the engine's */
  constructor(engine, memory) {
    this.#memory = memory;
    const [numbers, bytes, values, text] = engine.slate(this);
    this.#numbersAt = numbers / 8;
    this.#bytesAt = bytes;
    this.#values = values;
    this.#text = text;
  }

  /** All of the memory, which is another when it has grown. */
  #look() {
    if (this.#views.bytes.length === 0) {
      const { buffer } = this.#memory;
      this.#views = { numbers: new Float64Array(buffer), bytes: new Uint8Array(buffer) };
    }
    return this.#views;
  }

  /** Writes a call; false if it is none that goes this way: of a numbered statement, with few and simple parameters. */
  write(message) {
    const [op, , , , , again, statement, parameters] = message;
    if (typeof statement !== "number" || op < Op.GET || op > Op.RUN || message.length > 8) return false;
    const { numbers, bytes } = this.#look();
    const at = this.#numbersAt;
    for (let part = 0; part < 5; part++) {
      if (typeof message[part] !== "number") return false;
      numbers[at + part] = message[part];
    }
    numbers[at + 5] = again ? 1 : 0;
    numbers[at + 6] = statement;
    numbers[at + 7] = -1;
    if (parameters === undefined) return true;
    if (!Array.isArray(parameters) || parameters.length > this.#values) return false;
    numbers[at + 7] = parameters.length;
    return this.#writeValues(parameters, numbers, bytes);
  }

  #writeValues(values, numbers, bytes) {
    const numbersAt = this.#numbersAt + HEAD;
    const kindsAt = this.#bytesAt;
    let to = kindsAt + this.#values;
    const end = to + this.#text;
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      switch (typeof value) {
        case "number":
          bytes[kindsAt + at] = NUMBER;
          numbers[numbersAt + at] = value;
          break;
        case "boolean":
          bytes[kindsAt + at] = TRUTH;
          numbers[numbersAt + at] = value ? 1 : 0;
          break;
        case "string": {
          const written = encode(value, bytes, to, end);
          if (written < 0) return false;
          bytes[kindsAt + at] = TEXT;
          numbers[numbersAt + at] = written;
          to += written;
          break;
        }
        default:
          if (value !== null) return false;
          bytes[kindsAt + at] = NULL;
      }
    }
    return true;
  }

  /** The engine has written rows: posts them. */
  rows(port, names) {
    const { numbers, bytes } = this.#look();
    const at = this.#numbersAt;
    const id = numbers[at];
    const columns = numbers[at + 1];
    const count = numbers[at + 2];
    const cells = cellsFrom(bytes, count, {
      kinds: numbers[at + 3],
      numbers: numbers[at + 4],
      text: numbers[at + 5],
      textBytes: numbers[at + 6],
      blobs: numbers[at + 7],
    });
    port.postMessage(names === undefined ? [id, 0, columns, cells] : [id, 0, columns, cells, names]);
  }

  /** The engine has run a statement: posts what it did. */
  ran(port, id, changes, rowid) {
    port.postMessage([id, 0, changes, rowid]);
  }
}

/** Writes a text in UTF-8; how many bytes it took, or -1 if it has no room. */
function encode(text, bytes, to, end) {
  if (text.length > end - to) return -1;
  if (text.length <= short) {
    let at = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > 127) break;
      bytes[to + at] = unit;
    }
    if (at === text.length) return at;
  }
  const { read, written } = encoder.encodeInto(text, bytes.subarray(to, end));
  return read === text.length ? written : -1;
}
