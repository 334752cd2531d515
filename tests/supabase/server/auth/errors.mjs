/** GoTrue's errors in both of its shapes: `{ code, error_code, msg }`, and `{ code, message }` since 2024-01-01. */
import { json } from "../http.mjs";

/** A refusal by Auth. */
export class AuthError extends Error {
  /** @param {number} status @param {string} errorCode GoTrue's stable code @param {string} message */
  constructor(status, errorCode, message, extra = {}) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.extra = extra;
  }
  /** The answer in the shape of the API version that the client names. */
  answer(apiVersion) {
    const { status, errorCode, message, extra } = this;
    if (apiVersion !== undefined && apiVersion >= "2024-01-01") {
      return json(status, { code: errorCode, message, ...extra }, { "X-Supabase-Api-Version": "2024-01-01" });
    }
    return json(status, { code: status, error_code: errorCode, msg: message, ...extra });
  }
}
