/** Spelling of SQL: the only two ways in which a caller's text enters a statement are here. */

/** A quoted identifier. */
export function identifier(name) {
  return `"${String(name).replaceAll("\0", "").replaceAll('"', '""')}"`;
}

/** A quoted string constant, safe whatever standard_conforming_strings says. */
export function literal(value) {
  const text = String(value).replaceAll("\0", "").replaceAll("'", "''");
  return text.includes("\\") ? `E'${text.replaceAll("\\", "\\\\")}'` : `'${text}'`;
}

/** Collects the bound values of one statement. */
export class Parameters {
  values = [];
  /** Binds a value as untyped text and returns its placeholder. */
  bind(value) {
    this.values.push(value === null ? null : String(value));
    return `$${this.values.length}`;
  }
}
