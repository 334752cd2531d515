// What this guest does; everything else is the same for any guest in AssemblyScript.
import { fetch, Header, Method, Outcome, Request, Response } from "./edge/http";
import { info, warn } from "./edge/logging";

export function serve(request: Request): Outcome {
  const path = request.uri.split("?")[0];
  info("asked for " + path);
  if (path == "/fail") return Outcome.err("asked to fail");
  if (path == "/status") return status(request);
  if (request.method == Method.Post) return Outcome.ok(echo(request));
  return Outcome.ok(Response.text(200, "Hello from AssemblyScript, " + parameter(request.uri, "name", "world") + "!\n"));
}

/** The request's body and its type, back. */
function echo(request: Request): Response {
  const response = new Response(200);
  const type = request.header("content-type");
  response.headers.push(new Header("content-type", type ? type : "application/octet-stream"));
  const body = request.body;
  if (body) response.body = body;
  return response;
}

/** The status that the address in the query answers with. */
function status(request: Request): Outcome {
  const ask = new Request();
  ask.uri = parameter(request.uri, "of", "");
  ask.timeout = 5000;
  const fetched = fetch(ask);
  const response = fetched.response;
  if (response) return Outcome.ok(Response.text(200, response.status.toString() + "\n"));
  warn("no answer from " + ask.uri);
  return Outcome.ok(Response.text(502, "no answer: error " + fetched.error.toString() + "\n"));
}

function parameter(uri: string, name: string, otherwise: string): string {
  const pairs = uri.substring(uri.indexOf("?") + 1).split("&");
  for (let index = 0; index < pairs.length; index++) {
    if (pairs[index].startsWith(name + "=")) return pairs[index].substring(name.length + 1);
  }
  return otherwise;
}
