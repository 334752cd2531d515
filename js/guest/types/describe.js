/** A value as messages name it: what it is, and what it says where that is short. */
export function describe(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  switch (typeof value) {
    case "string":
      return value.length <= 40 ? `the string ${JSON.stringify(value)}` : "a string";
    case "number":
    case "boolean":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : "an object";
    default:
      return `a ${typeof value}`;
  }
}

/** `offset`, or the next after it that is a multiple of `align`. */
export const alignTo = (offset, align) => Math.ceil(offset / align) * align;
