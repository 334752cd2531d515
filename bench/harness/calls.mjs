// Calls of a function over HTTP: made, uploaded, called warm in slices that take turns.
import { raw } from "../../tests/worker/product/platform.mjs";
import { CONNECTIONS, loaded, turns } from "./turns.mjs";

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
 * Slices of warm calls to all in turn, by name.
 *
 * @typedef {{ name: string, path: string, origin: string, port: number, pid: number }} Server
 * @param {Server[]} servers
 * @param {{ rounds: number, quick: boolean, report: (text: string) => void, around?: (server: Server, begun: boolean) => void }} options
 */
export async function warm(servers, load, { rounds, quick, report, around }) {
  for (const server of servers) await check(server.origin, server.path);
  const amount = amountOf(rounds, quick);
  const said = (slice) => report(`warm calls, slice ${slice} of ${amount.slices}`);
  const send = async ({ path, port }, count) =>
    loaded(await load.run({ name: path, method: "GET", path }, { port, count, connections: CONNECTIONS }), count);
  return turns(new Map(servers.map((server) => [server.name, server])), amount, send, { report: said, around });
}

/** How many warm calls each gets. */
export const amountOf = (rounds, quick) =>
  quick ? { slices: 2, each: 50, warm: 50 } : { slices: rounds * 16, each: 500, warm: 20_000 };

/** A spread as a figure of a table. */
export const figure = ({ median, least, most }) =>
  `${median.toPrecision(3)} (${least.toPrecision(3)}–${most.toPrecision(3)})`;
