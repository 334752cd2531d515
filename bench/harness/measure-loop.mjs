// CPU per call of a contender's handler inside its isolate, without HTTP: slices in turn, as over HTTP.
import { cpuClock } from "./cpu.mjs";
import { requestHeaders } from "./routes.mjs";
import { mean } from "./statistics.mjs";

async function run(server, route, calls) {
  const { method, path, body, drain } = route;
  const init = { method, headers: requestHeaders(route), body };
  const task = JSON.stringify({ url: `http://bench${path}`, init, calls, drain });
  const answer = await fetch(server.origin, { method: "POST", body: task });
  const text = await answer.text();
  if (text !== `${calls}`)
    throw new Error(`${path} in the loop: ${answer.status} ${text.slice(0, 200)}\n${server.said()}`);
}

/** One round: for each contender the CPU of all its slices by their calls, in microseconds. */
export async function measureLoop(servers, route, { slices, each, warm }) {
  const names = [...servers.keys()];
  const seen = new Map(names.map((name) => [name, []]));
  for (const server of servers.values()) await run(server, route, warm);
  for (let slice = 0; slice < slices; slice++) {
    for (const name of slice % 2 === 0 ? names : names.toReversed()) {
      const server = servers.get(name);
      const clock = cpuClock(server.pid);
      await run(server, route, each);
      seen.get(name).push(clock() / each / 1000);
    }
  }
  return new Map(names.map((name) => [name, { cpu: mean(seen.get(name)), slices: seen.get(name) }]));
}
