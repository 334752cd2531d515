// The product with functions in it, and upstream servers on loopback for their guests to reach.
import { once } from "node:events";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { connect, createServer as createRawServer } from "node:net";
import { guests } from "../../guest/guests.mjs";
import { raw, startPlatform, user } from "../product/platform.mjs";
import { read } from "../product/product.mjs";

const ports = { from: 55700, to: 55799 };
const ann = user("ann");

/**
 * Starts the product and an upstream whose origin guests may reach; `answer` serves that. `vars.more` are further origins.
 *
 * @param {{ vars?: Record<string, any>, answer?: import("node:http").RequestListener }} [options]
 */
export async function startExecutor({ vars = {}, answer = (_, response) => response.end("hello") } = {}) {
  const files = await guests();
  const upstream = createServer(answer);
  const port = await listen(upstream);
  const origin = `http://127.0.0.1:${port}`;
  const { more = [], ...others } = vars;
  const worker = await startPlatform({ vars: { GATEWAY_LOOPBACK_ORIGINS: [origin, ...more].join(), ...others } });

  /** Makes a function of a guest in guests/ or of bytes; gives what the upload answered. */
  async function publish(name, guest, settings = {}, by = ann) {
    const made = await worker.api(by, "POST", "/functions", { body: { name, ...settings } });
    if (made.status !== 201) throw new Error(`${name}: ${made.text}`);
    return upload(name, guest, by);
  }

  async function upload(name, guest, by = ann) {
    const body = typeof guest === "string" ? readFileSync(files[guest]) : guest;
    const uploaded = await worker.api(by, "POST", `/functions/${name}/upload`, { body, headers: raw });
    if (uploaded.status !== 201) throw new Error(`${name}: ${uploaded.text}`);
    return uploaded.json;
  }

  /** Changes settings. */
  async function change(name, settings, by = ann) {
    const changed = await worker.api(by, "PATCH", `/functions/${name}`, { body: settings });
    if (changed.status !== 200) throw new Error(`${name}: ${changed.text}`);
    return changed.json;
  }

  /** Calls an export by the API. */
  const call = (name, functionName, args = [], more = {}, by = ann) =>
    read(`${worker.url}/functions/v1/wasm-executor`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(by ? { authorization: `Bearer ${by}` } : {}) },
      body: JSON.stringify({ moduleId: name, functionName, args, ...more }),
    });

  const trigger = (path, options) => read(`${worker.url}/fn/${path}`, options);

  /** The execution of a function that `which` finds, once it is written. */
  async function remembered(name, which = () => true, by = ann) {
    for (let left = 100; left > 0; left--) {
      const { json } = await worker.api(by, "GET", `/executions?function=${name}`);
      const found = json.executions?.find(which);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return undefined;
  }

  async function stop() {
    await worker.stop();
    upstream.closeAllConnections();
    upstream.close();
  }

  return { ...worker, ann, origin, publish, upload, change, call, trigger, remembered, stop };
}

/** Listens at the first free port of ours. */
export async function listen(server) {
  for (let port = ports.from; port <= ports.to; port++) {
    const free = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (free) return port;
  }
  throw new Error(`no port is free from ${ports.from} to ${ports.to}`);
}

/**
 * A port where nobody listens, nor can before `stop`: it is the client's own of an open connection. The system chooses it, since one that is asked for
 * can be listened at all the same.
 *
 * @returns {Promise<{ port: number, stop: () => void }>}
 */
export async function startNobody() {
  const server = createRawServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = connect(server.address().port, "127.0.0.1");
  await once(client, "connect");
  const [socket] = await accepted;
  const stop = () => {
    client.destroy();
    socket.destroy();
    server.close();
  };
  return { port: client.localPort, stop };
}

/** Permission to reach loopback, and to log. */
export const open = { http_enabled: true, allowed_http_hosts: ["127.0.0.1"], logging_enabled: true };
