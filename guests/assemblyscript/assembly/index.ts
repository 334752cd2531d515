// What the world http-handler asks of a core module: `handle` with the parts of a request as numbers, and memory for the host to write to.
import { Request } from "./edge/http";
import { serve } from "./serve";

export { cabi_realloc } from "./edge/abi";

export function handle(
  method: i32, uri: usize, uriLength: usize, headers: usize, headerCount: i32,
  hasBody: i32, body: usize, bodyLength: usize, hasTimeout: i32, timeout: u32,
): usize {
  const request = Request.lift(method, uri, uriLength, headers, headerCount, hasBody, body, bodyLength, hasTimeout, timeout);
  return serve(request).lower();
}
