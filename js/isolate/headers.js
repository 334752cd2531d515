/** Headers of one connection (RFC 9110 section 7.6.1): they end where it ends. */
export const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** `headers` without those that `connection`, the value of their Connection header, says to be of one connection. */
export function forwarded(headers, connection) {
  if (connection === "" || /^(?:close|keep-alive)$/i.test(connection)) return headers;
  const named = new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
  return headers.filter(([name]) => !named.has(name.toLowerCase()));
}

// Headers of a message, and characters of them with what else is in its head.
const MOST_HEADERS = 256;
const MOST_CHARACTERS = 65_536;

/** What is too much about a guest's headers, with `more` characters beside them; undefined if nothing is. */
export function excess(headers, more = 0) {
  if (headers.length > MOST_HEADERS) return `${headers.length} headers, and may have ${MOST_HEADERS}`;
  const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length, more);
  return length > MOST_CHARACTERS ? `a head of ${length} characters, and may have ${MOST_CHARACTERS}` : undefined;
}
