// CPU per request over HTTP: a fixed number of requests to each contender in turn, in slices, so that whatever else the
// machine does falls on all of them alike.
import { cpuClock } from "./cpu.mjs";
import { mean, quantile } from "./statistics.mjs";

const connections = 16;

/** One round: for each contender the CPU of all its slices by their requests, in microseconds, and medians of what the load saw, in milliseconds. */
export async function measureHttp(servers, route, load, { slices, each, warm }) {
  const names = [...servers.keys()];
  const seen = new Map(names.map((name) => [name, []]));
  for (const server of servers.values()) await load.run(route, { port: server.port, count: warm, connections });
  for (let slice = 0; slice < slices; slice++) {
    for (const name of slice % 2 === 0 ? names : names.toReversed()) {
      const server = servers.get(name);
      const clock = cpuClock(server.pid);
      const { seconds, p50, p99 } = await load.run(route, { port: server.port, count: each, connections });
      seen.get(name).push({ cpu: clock() / each / 1000, rate: each / seconds, p50, p99 });
    }
  }
  const figures = (slices) => ({
    cpu: mean(slices.map(({ cpu }) => cpu)),
    ...Object.fromEntries(
      ["rate", "p50", "p99"].map((what) => [
        what,
        quantile(
          slices.map((slice) => slice[what]),
          0.5,
        ),
      ]),
    ),
    slices: slices.map(({ cpu }) => cpu),
  });
  return new Map(names.map((name) => [name, figures(seen.get(name))]));
}
