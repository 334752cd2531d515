/** Reading of comma-separated values (RFC 4180). */

/**
 * Splits a text into rows of fields. An unquoted empty field is null, `""` is an empty text.
 *
 * @param {string} text
 * @returns {(string | null)[][]}
 */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const [, quoted, plain, end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error(`Malformed CSV at character ${start}`);
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if (end === ",") {
      if (field.lastIndex === text.length) row.push(null);
      else continue;
    }
    rows.push(row);
    row = [];
  }
  return rows;
}
