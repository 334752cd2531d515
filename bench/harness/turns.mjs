// Slices that take turns: whatever else the machine does falls on all contenders alike.
import { cpuClock } from "./cpu.mjs";
import { mean, quantile, spread } from "./statistics.mjs";

/** Connections that the load is sent over. */
export const CONNECTIONS = 16;

/**
 * Warms every server up and measures slices of all in turn, in reversed order in every other: each one's CPU per call in microseconds, with what `send` gives.
 *
 * @template {{ pid: number }} Server
 * @param {Map<string, Server>} servers
 * @param {{ slices: number, each: number, warm: number }} amount
 * @param {(server: Server, count: number) => Promise<object | void>} send makes so many calls
 * @param {{ report?: (slice: number) => void, around?: (server: Server, begun: boolean) => void }} [heard] told of each slice, and before and after each turn
 */
export async function turns(servers, { slices, each, warm }, send, { report = () => {}, around = () => {} } = {}) {
  const seen = new Map([...servers.keys()].map((name) => [name, []]));
  for (const server of servers.values()) await send(server, warm);
  for (let slice = 0; slice < slices; slice++) {
    report(slice + 1);
    const order = [...servers];
    for (const [name, server] of slice % 2 === 0 ? order : order.reverse()) {
      around(server, true);
      const clock = cpuClock(server.pid);
      const more = await send(server, each);
      seen.get(name).push({ cpu: clock() / each / 1000, ...more });
      around(server, false);
    }
  }
  return seen;
}

/** What the load generator saw of a slice of `count` calls. */
export const loaded = ({ seconds, p50, p99 }, count) => ({ rate: count / seconds, p50, p99 });

/**
 * A contender's slices as one: the CPU of all by their calls, of all else the median. V8 collects its old generation for up to 400 ms once in some 20,000 calls: a
 * median of slices would have that now in it and now not.
 */
export function whole(slices) {
  const all = (what) => slices.map((slice) => slice[what]);
  const medians = ["rate", "p50", "p99"].filter((what) => what in slices[0]);
  return {
    cpu: mean(all("cpu")),
    ...Object.fromEntries(medians.map((what) => [what, quantile(all(what), 0.5)])),
    slices: all("cpu"),
  };
}

/** A table's cells for slices under load: CPU, calls/s, p50 and p99, with the least and the most of the slices. */
export function cells(slices) {
  const one = whole(slices);
  return ["cpu", "rate", "p50", "p99"]
    .map((what) => {
      const { least, most } = spread(slices.map((slice) => slice[what]));
      return [one[what], least, most].map((value) => value.toPrecision(3));
    })
    .map(([value, least, most]) => `${value} (${least}–${most})`);
}
