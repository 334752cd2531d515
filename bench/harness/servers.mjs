// A fresh process for every contender.
import { start } from "./workerd.mjs";

/** Starts `contenders`; a map from name to server, in the order given. */
export async function startAll(contenders, bundles, vars) {
  const servers = new Map();
  for (const contender of contenders) {
    const bundle = bundles.get(contender.name);
    servers.set(contender.name, await start(bundle, { ...vars, ...contender.vars }));
  }
  return servers;
}

/** Ends them. */
export async function stopServers(servers) {
  await Promise.all([...servers.values()].map((server) => server.stop()));
}
