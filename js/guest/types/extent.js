// About how many characters a value has as JSON, without what strings and lists in it hold: those pay for themselves. It bounds what the host
// holds of a value; how long the text really is, ../json/length.js counts before it is made.
const PLAIN = 8;

/** That of a value of `type`; nothing for a case that carries none. */
export const extent = (type) => (type === undefined ? 0 : (type.extent ?? PLAIN));

/** That of an object or array with these names, if it has names, and values of these types. */
export function extentOf(parts) {
  return parts.reduce((sum, [name, type]) => sum + name.length + 4 + extent(type), 2);
}
