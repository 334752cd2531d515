/** The window of rows asked for, by limit/offset or the Range header, and the Content-Range that answers it. */
import { RestError } from "./errors.mjs";

/** Narrows the root's limit and offset by the Range header (`0-9`, unit items) and the server's own maximum. */
export function applyRange(root, header, maxRows) {
  const found = /^(\d{1,15})-(\d{1,15})?$/.exec(header ?? "");
  if (found && root.limit === undefined && root.offset === 0) {
    const [first, last] = [Number(found[1]), found[2] === undefined ? undefined : Number(found[2])];
    if (last !== undefined && last < first) {
      throw new RestError(416, "PGRST103", "Requested range not satisfiable", {
        details: "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
      });
    }
    root.offset = first;
    if (last !== undefined) root.limit = last - first + 1;
  }
  if (maxRows !== undefined) root.limit = Math.min(root.limit ?? maxRows, maxRows);
}

/** Status and `Content-Range` of a read. */
export function answerRange(offset, count, total) {
  const range = count === 0 ? "*" : `${offset}-${offset + count - 1}`;
  if (total !== undefined && offset > total) {
    throw new RestError(416, "PGRST103", "Requested range not satisfiable", {
      details: `An offset of ${offset} was requested, but there are only ${total} rows.`,
      headers: { "Content-Range": `*/${total}` },
    });
  }
  return { status: total !== undefined && count < total ? 206 : 200, contentRange: `${range}/${total ?? "*"}` };
}
