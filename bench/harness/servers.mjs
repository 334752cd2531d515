// A fresh process for every contender.
import { start } from "./workerd.mjs";

/** Starts `contenders` at ports from `port` on; a map from name to server, in the order given. */
export async function startAll(contenders, bundles, vars, port) {
  const servers = new Map();
  for (const [at, contender] of contenders.entries()) {
    const bundle = bundles.get(contender.name);
    servers.set(contender.name, await start(bundle, { ...vars, ...contender.vars }, port + at));
  }
  return servers;
}

/** Ends them. */
export async function stopServers(servers) {
  await Promise.all([...servers.values()].map((server) => server.stop()));
}
