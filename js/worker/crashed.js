// The answer to a request that the instance can't answer any more.
import { requestId } from "./host.js";
import { logError } from "./log.js";

/** The problem document of a request that died of `error`, or of another's. */
export function crashed(number, error) {
  const id = requestId(number);
  logError(id, "the request was stopped by a fault", error);
  const problem = {
    type: "urn:hashi:problem:internal",
    title: "The server failed",
    status: 500,
    detail: "the request was stopped by a fault; it may have been another request's",
    code: "internal",
    requestId: id,
  };
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-request-id",
    "x-request-id": id,
  };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}
