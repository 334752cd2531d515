// A JSON object taken apart without making values of what is in it: for bodies of strangers, of which the main isolate needs a few small members only.

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {number} from  where its name begins
 * @property {number} value where its value begins
 * @property {number} to    where it ends
 */

/** Where things stand in the bytes of a JSON text. What no bracket, quote, comma or colon tells, such as a wrong literal, is not looked at. */
class Scan {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    /** Arrays, objects and strings inside of other values. */
    this.held = 0;
  }

  fail(expected) {
    const end = this.at >= this.bytes.length;
    throw new SyntaxError(`expected ${expected} at byte ${this.at}${end ? ", where it ends" : ""}`);
  }

  space() {
    const { bytes } = this;
    for (let byte = bytes[this.at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; ) {
      byte = bytes[++this.at];
    }
  }

  byte(wanted, expected) {
    if (this.bytes[this.at] !== wanted) this.fail(expected);
    this.at++;
  }

  string() {
    const { bytes } = this;
    this.byte(QUOTE, "a string");
    for (let at = this.at; at < bytes.length; at++) {
      if (bytes[at] === BACKSLASH) at++;
      else if (bytes[at] === QUOTE) {
        this.at = at + 1;
        return;
      }
    }
    this.at = bytes.length;
    this.fail("the end of a string");
  }

  value() {
    const first = this.bytes[this.at];
    if (first === QUOTE) this.string();
    else if (first === OPEN_OBJECT || first === OPEN_ARRAY) this.nested();
    else this.literal();
  }

  nested() {
    const { bytes } = this;
    let depth = 0;
    do {
      if (this.at >= bytes.length) this.fail("the end of an array or an object");
      const byte = bytes[this.at];
      if (byte === QUOTE) {
        this.held++;
        this.string();
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.held++;
        depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
      this.at++;
    } while (depth > 0);
  }

  literal() {
    const { bytes, at } = this;
    const inside = (byte) => byte > 0x20 && byte !== COMMA && byte !== CLOSE_OBJECT && byte !== CLOSE_ARRAY;
    while (inside(bytes[this.at])) this.at++;
    if (this.at === at) this.fail("a value");
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// An object of a stranger may have millions of members, and a name be as long as all of it.
const MOST = 64;
const MOST_NAME = 1024;

/**
 * The members of the JSON object that `bytes` are, 64 of them at most, and how many arrays, objects and strings are in their values.
 *
 * @param {Uint8Array} bytes
 * @returns {{ members: Member[], held: number }}
 * @throws {SyntaxError} saying what was expected where
 * @throws {TypeError} if a name is not UTF-8
 */
export function membersOf(bytes) {
  const scan = new Scan(bytes);
  const members = [];
  scan.space();
  scan.byte(OPEN_OBJECT, "a JSON object");
  scan.space();
  let more = bytes[scan.at] !== CLOSE_OBJECT;
  while (more) {
    if (members.length === MOST) scan.fail(`no more than ${MOST} members`);
    const from = scan.at;
    scan.string();
    if (scan.at - from > MOST_NAME) scan.fail(`a name of no more than ${MOST_NAME} bytes`);
    const name = decoder.decode(bytes.subarray(from, scan.at));
    scan.space();
    scan.byte(COLON, "a colon");
    scan.space();
    const value = scan.at;
    scan.value();
    members.push({ name: JSON.parse(name), from, value, to: scan.at });
    scan.space();
    more = bytes[scan.at] === COMMA;
    if (more) scan.at++;
    scan.space();
  }
  scan.byte(CLOSE_OBJECT, "a comma or the end of the object");
  scan.space();
  if (scan.at < bytes.length) scan.fail("nothing more");
  return { members, held: scan.held };
}
