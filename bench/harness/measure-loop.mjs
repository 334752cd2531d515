// CPU per call of a contender's handler inside its isolate, without HTTP.
import { requestHeaders } from "./routes.mjs";
import { turns, whole } from "./turns.mjs";

async function run(server, route, calls) {
  const { method, path, body, drain } = route;
  const init = { method, headers: requestHeaders(route), body };
  const task = JSON.stringify({ url: `http://bench${path}`, init, calls, drain });
  const answer = await fetch(server.origin, { method: "POST", body: task });
  const text = await answer.text();
  if (text !== `${calls}`)
    throw new Error(`${path} in the loop: ${answer.status} ${text.slice(0, 200)}\n${server.said()}`);
}

/** One round: for each contender CPU per call, in microseconds. */
export async function measureLoop(servers, route, amount) {
  const seen = await turns(servers, amount, (server, count) => run(server, route, count));
  return new Map([...seen].map(([name, slices]) => [name, whole(slices)]));
}
