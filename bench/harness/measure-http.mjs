// CPU per request over HTTP.
import { CONNECTIONS, loaded, turns, whole } from "./turns.mjs";

/** One round: for each contender CPU per request in microseconds, and medians of what the load saw, in milliseconds. */
export async function measureHttp(servers, route, load, amount) {
  const seen = await turns(servers, amount, async ({ port }, count) =>
    loaded(await load.run(route, { port, count, connections: CONNECTIONS }), count),
  );
  return new Map([...seen].map(([name, slices]) => [name, whole(slices)]));
}
