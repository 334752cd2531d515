/** What the platform keeps of a call's log, in bytes; each entry takes some besides its message. */
const MOST_BYTES = 64 * 1024;
const ENTRY_BYTES = 16;

const encoder = new TextEncoder();
const scratch = new Uint8Array(MOST_BYTES);

/** The log of one call: entries until there are as many bytes as are kept, then a mark and nothing more. */
export class Log {
  /** @param {boolean} kept whether the function's lines are kept at all */
  constructor(kept) {
    /** @type {{ level: string, message: string }[]} */
    this.entries = [];
    this.left = MOST_BYTES;
    /** Whether nothing more is taken. */
    this.over = !kept;
  }

  add(level, text) {
    if (this.over) return;
    if (this.left < ENTRY_BYTES) return this.cut();
    // The one character that JSON can carry and Postgres can't keep.
    const message = text.replaceAll("\0", "\ufffd");
    this.left -= ENTRY_BYTES;
    const { read, written } = encoder.encodeInto(message, scratch.subarray(0, this.left));
    this.left -= written;
    const whole = read === message.length;
    // Cut between characters.
    if (whole || read > 0) this.entries.push({ level, message: whole ? message : message.slice(0, read) });
    if (!whole) this.cut();
  }

  /** Ends the log with the mark, which takes no part in the count. */
  cut() {
    this.entries.push({ level: "warn", message: `[the log is cut here: a call may log ${MOST_BYTES} bytes]` });
    this.over = true;
  }

  /** The entries as JSON in ASCII, as a header can carry it; undefined if there are none. */
  text() {
    if (this.entries.length === 0) return undefined;
    return JSON.stringify(this.entries).replace(/[\u007f-\uffff]/g, escaped);
  }
}

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
