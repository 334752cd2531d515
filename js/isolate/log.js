/** What the platform keeps of a call's log, in bytes of JSON in ASCII, as it is carried and stored; each entry takes some besides its message. */
const MOST_BYTES = 64 * 1024;
const ENTRY_BYTES = 16;

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
    const kept = this.take(message);
    const whole = kept === message.length;
    if (whole || kept > 0) this.entries.push({ level, message: whole ? message : message.slice(0, kept) });
    if (!whole) this.cut();
  }

  /** Takes room for as much of `message` as there is, cut between characters; how much of it that is. */
  take(message) {
    for (let at = 0; at < message.length; ) {
      const units = message.codePointAt(at) > 0xffff ? 2 : 1;
      const bytes = units === 2 ? 12 : width(message.charCodeAt(at));
      if (bytes > this.left) return at;
      this.left -= bytes;
      at += units;
    }
    return message.length;
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

/** The bytes that a character takes in JSON in ASCII. */
function width(unit) {
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit >= 0x20 && unit < 0x7f) return 1;
  // What JSON has a letter for: backspace, tab, line feed, form feed, carriage return.
  return unit >= 8 && unit <= 13 && unit !== 11 ? 2 : 6;
}

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
