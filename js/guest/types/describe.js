/** A value as messages name it: its kind, and what it says where that is short. */
export function describe(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `array of ${value.length}`;
  switch (typeof value) {
    case "string":
      return value.length <= 40 ? `string ${JSON.stringify(value)}` : `string of ${value.length} characters`;
    case "object":
      return ArrayBuffer.isView(value) ? `${value.constructor.name} of ${/** @type {any} */ (value).length}` : "object";
    case "function":
    case "symbol":
      return typeof value;
    default:
      return `${typeof value} ${value}`;
  }
}

/** `offset`, or the next after it that is a multiple of `align`. */
export const alignTo = (offset, align) => Math.ceil(offset / align) * align;
