/** A cursor over one value of the query string, with the lexical rules that PostgREST's grammars share. */
import { parseError } from "./errors.mjs";

const NAME_END = new Set([",", "(", ")", ":", ".", "!", '"', "'", "*", "=", "&", "<", ">", "{", "}", "[", "]", ";"]);

export class Scanner {
  /** @param {string} text @param {string} what named in the error, e.g. "select parameter" */
  constructor(text, what) {
    this.text = text;
    this.what = what;
    this.position = 0;
  }
  get done() {
    return this.position >= this.text.length;
  }
  fail(expecting) {
    return parseError(this.what, this.text, this.position, expecting);
  }
  at(token) {
    return this.text.startsWith(token, this.position);
  }
  /** Moves past `token` if it is next. */
  accept(token) {
    if (!this.at(token)) return false;
    this.position += token.length;
    return true;
  }
  expect(token) {
    if (!this.accept(token)) throw this.fail(JSON.stringify(token));
  }
  space() {
    while (this.text[this.position] === " ") this.position += 1;
  }
  /** Reads what matches a sticky pattern, or null. */
  match(pattern) {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found) this.position += found[0].length;
    return found;
  }
  /** Reads `"…"` with backslash escapes. */
  quoted() {
    this.expect('"');
    let value = "";
    for (;;) {
      if (this.done) throw this.fail('closing "\\""');
      let char = this.text[this.position++];
      if (char === '"') return value;
      if (char === "\\") {
        if (this.done) throw this.fail("escaped character");
        char = this.text[this.position++];
      }
      value += char;
    }
  }
  /** Reads a column, table or alias: quoted, or up to the next delimiter. */
  name() {
    this.space();
    if (this.at('"')) {
      const value = this.quoted();
      this.space();
      return value;
    }
    const start = this.position;
    while (!this.done && !NAME_END.has(this.text[this.position]) && !this.at("->")) this.position += 1;
    const value = this.text.slice(start, this.position).trim();
    if (value === "") throw this.fail("field name (* or [a..z0..9_$])");
    return value;
  }
  /** Reads `->key`, `->>key` and `->0` steps. */
  jsonPath() {
    const path = [];
    while (this.at("->")) {
      const text = this.accept("->>");
      if (!text) this.expect("->");
      const index = this.match(/-?\d+(?=->|[,).:]|$)/y);
      const key = index
        ? Number(index[0])
        : this.at('"')
          ? this.quoted()
          : this.match(/[^,()"':.\->]+(?:-(?!>)[^,()"':.\->]*)*/y)?.[0];
      if (key === undefined) throw this.fail("JSON key or index");
      path.push({ key, text });
    }
    return path;
  }
}
