// Calls of a function over HTTP: made, uploaded, called warm in slices that take turns.
import { raw } from "../../tests/worker/product/platform.mjs";
import { cpuClock } from "./cpu.mjs";

const ANSWER = "Hello, Ada!\n";

/** Makes a function that everybody may call, with this module. */
export async function publish(worker, bearer, name, module) {
  const made = await worker.api(bearer, "POST", "/functions", { body: { name, trigger: "anonymous" } });
  if (made.status !== 201) throw new Error(`${name}: ${made.text}`);
  const uploaded = await worker.api(bearer, "POST", `/functions/${name}/upload`, { body: module, headers: raw });
  if (uploaded.status !== 201) throw new Error(`${name}: ${uploaded.text}`);
}

/** Throws unless the guest hello-world answers there. */
export async function check(origin, path) {
  const text = await (await fetch(origin + path)).text();
  if (text !== ANSWER) throw new Error(`${path}: expected ${ANSWER}, got ${text}`);
}

/**
 * Slices of all in turn: CPU, time and latency of each.
 *
 * @param {{ name: string, path: string, origin: string, port: number, pid: number }[]} servers
 * @param {(server: object, begun: boolean) => void} [around] told before and after each slice
 */
export async function warm(servers, load, { slices, calls, warmUp, report, around = () => {} }) {
  const seen = new Map(servers.map(({ name }) => [name, []]));
  const route = ({ path }) => ({ name: path, method: "GET", path });
  for (const server of servers) {
    await check(server.origin, server.path);
    await load.run(route(server), { port: server.port, count: warmUp, connections: 16 });
  }
  for (let slice = 0; slice < slices; slice++) {
    report(`warm calls, slice ${slice + 1} of ${slices}`);
    for (const server of slice % 2 === 0 ? servers : servers.toReversed()) {
      around(server, true);
      const clock = cpuClock(server.pid);
      const { seconds, p50, p99 } = await load.run(route(server), { port: server.port, count: calls, connections: 16 });
      seen.get(server.name).push({ cpu: clock() / calls / 1000, perSecond: calls / seconds, p50, p99 });
      around(server, false);
    }
  }
  return seen;
}

/** A spread as a figure of a table. */
export const figure = ({ median, least, most }) =>
  `${median.toPrecision(3)} (${least.toPrecision(3)}–${most.toPrecision(3)})`;
