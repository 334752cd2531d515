// Before anything is measured: every contender must give the same answers.
import { isDeepStrictEqual } from "node:util";
import { requestHeaders } from "./routes.mjs";

// What workerd adds by itself.
const transport = new Set(["content-length", "transfer-encoding", "date", "connection"]);

async function ask(server, route) {
  const { method, path, body } = route;
  const { "content-length": _, ...headers } = requestHeaders(route);
  const answer = await fetch(`${server.origin}${path}`, { method, headers, body });
  const seen = {};
  for (const [name, value] of answer.headers) {
    if (!transport.has(name)) seen[name] = name === "content-type" ? value.toLowerCase().replace("; ", ";") : value;
  }
  return { status: answer.status, headers: seen, body: await answer.text() };
}

function differences(route, wanted, given) {
  const found = [];
  if (given.status !== wanted.status) found.push(`status ${given.status} instead of ${wanted.status}`);
  const { "x-request-id": wantedId, etag: wantedTag, ...wantedHeaders } = wanted.headers;
  const { "x-request-id": id, etag, ...headers } = given.headers;
  // Each hashes its bytes in its own way.
  if (Boolean(etag) !== Boolean(wantedTag)) found.push(`etag ${etag} where the other has ${wantedTag}`);
  if (!/^[0-9a-f]{16}-[0-9a-f]{8}$/.test(id ?? "")) found.push(`x-request-id ${id} is not of the form of ${wantedId}`);
  if (!isDeepStrictEqual(headers, wantedHeaders)) {
    found.push(`headers ${JSON.stringify(headers)} instead of ${JSON.stringify(wantedHeaders)}`);
  }
  const equal =
    route.same === "bytes" ? given.body === wanted.body : isDeepStrictEqual(json(given.body), json(wanted.body));
  if (!equal)
    found.push(
      `body ${JSON.stringify(given.body.slice(0, 200))} instead of ${JSON.stringify(wanted.body.slice(0, 200))}`,
    );
  return found;
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What contenders answer differently from the first one, as sentences; none if they agree. */
export async function disagreements(servers, routes) {
  const found = [];
  for (const route of routes) {
    let wanted;
    for (const [name, server] of servers) {
      const given = await ask(server, route);
      if (wanted === undefined) {
        wanted = given;
        if (given.status !== 200) found.push(`${name}, ${route.path}: ${given.status} ${given.body.slice(0, 200)}`);
      }
      for (const difference of differences(route, wanted, given)) found.push(`${name}, ${route.path}: ${difference}`);
    }
  }
  return found;
}
