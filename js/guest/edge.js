// The interfaces of edge:runtime, in terms of what a call brings along.

/**
 * What a guest reaches during one call.
 *
 * @typedef {object} Host
 * @property {(level: "debug" | "info" | "warn" | "error", message: string) => void} log
 * @property {(request: object) => Promise<{ tag: "ok", val: object } | { tag: "err", val: string }>} fetch
 *   `http-outbound`'s fetch: `{ method, uri, headers, body, "timeout-ms" }` to `{ status, headers, body }` or the name of an `http-error`
 * @property {(uri: string) => Promise<{ tag: "ok", val: Uint8Array } | { tag: "err", val: string }>} get
 */

const logging = {
  log: (host, level, message) => host.log(level, message),
  debug: (host, message) => host.log("debug", message),
  info: (host, message) => host.log("info", message),
  warn: (host, message) => host.log("warn", message),
  error: (host, message) => host.log("error", message),
};

/** Functions of each interface; the first parameter is the call's host. */
export const edge = {
  "edge:runtime/logging@0.1.0": logging,
  "edge:runtime/http-outbound@0.1.0": {
    fetch: (host, request) => host.fetch(request),
    get: (host, uri) => host.get(uri),
  },
  // What plain core modules import.
  env: { log: logging.log },
};
