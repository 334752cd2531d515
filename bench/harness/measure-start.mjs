// What a fresh process costs until its first answer, and what stays in its memory.
import { cpuTotal, residentBytes } from "./cpu.mjs";
import { routes } from "./routes.mjs";
import { start } from "./workerd.mjs";

const hello = routes[0];

async function wasmBytes(server) {
  const answer = await fetch(`${server.origin}/memory`);
  return answer.status === 200 ? Number(await answer.text()) : undefined;
}

/** CPU in milliseconds of a fresh process from its start to its first answer. */
export async function measureStart(bundle, vars) {
  const server = await start(bundle, vars);
  try {
    const answer = await fetch(`${server.origin}${hello.path}`);
    await answer.text();
    return cpuTotal(server.pid) / 1e6;
  } finally {
    await server.stop();
  }
}

/** Bytes of a process's memory after `count` requests, and for one that has the route, after `panics` panics. */
export async function measureMemory(bundle, vars, load, asked, { count, panics }) {
  const server = await start(bundle, vars);
  const { port } = server;
  const connections = 16;
  try {
    for (const route of asked) {
      await load.run(route, { port, count: Math.ceil(count / asked.length), connections });
    }
    const found = { requests: count, resident: residentBytes(server.pid), wasm: await wasmBytes(server) };
    if (panics === 0) return found;
    await load.run({ method: "GET", path: "/panic" }, { port, count: panics, connections, status: 500 });
    await load.run(hello, { port, count: 100, connections });
    return {
      ...found,
      panics,
      residentAfterPanics: residentBytes(server.pid),
      wasmAfterPanics: await wasmBytes(server),
    };
  } finally {
    await server.stop();
  }
}
