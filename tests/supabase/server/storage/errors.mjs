/** Storage's errors. The status in the body is the error's own; that of the answer is 400 for all but the server's own faults, as Storage has it. */
import { RestError } from "../rest/errors.mjs";
import { json } from "../http.mjs";

/** An answer other than success. */
export class StorageError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {string} [error] its older name */
  constructor(status, code, message, error = code) {
    super(message);
    Object.assign(this, { status, code, error });
  }
  answer() {
    const { status, code, error, message } = this;
    return json(status === 500 ? 500 : 400, { statusCode: String(status), code, error, message });
  }
}

export const noSuchBucket = () => new StorageError(404, "NoSuchBucket", "Bucket not found", "Bucket not found");
export const noSuchKey = () => new StorageError(404, "NoSuchKey", "Object not found", "not_found");
export const duplicate = (code = "KeyAlreadyExists") =>
  new StorageError(409, code, "The resource already exists", "Duplicate");
export const denied = (message) => new StorageError(403, "AccessDenied", message, "Unauthorized");
export const tooLarge = () =>
  new StorageError(413, "EntityTooLarge", "The object exceeded the maximum allowed size", "Payload too large");
export const invalid = (code, message) => new StorageError(400, code, message);

/** What a failed statement means to a client of Storage. */
export function fromDatabase(error) {
  if (!(error instanceof RestError)) return error;
  if (error.code === "42501") return denied("new row violates row-level security policy");
  if (error.code === "23505") return duplicate();
  if (error.code === "23503") return new StorageError(404, "InvalidRequest", "The related resource does not exist");
  if (error.code === "57014")
    return new StorageError(544, "DatabaseTimeout", "The connection to the database timed out");
  return new StorageError(500, "DatabaseError", error.message);
}
