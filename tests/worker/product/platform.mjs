// Starts the product without a Supabase: the platform needs none, only somebody who signs tokens.
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness.mjs";
import { read, startProduct } from "./product.mjs";

export const secret = "a secret of at least thirty-two bytes, for tests";
const supabaseUrl = "http://127.0.0.1:9";

/** What the Worker is told of its issuer. */
export const issuer = { SUPABASE_URL: supabaseUrl, SUPABASE_ANON_KEY: "anon", SUPABASE_JWT_SECRET: secret };

/** The product, with `api(bearer, method, path, { body, headers })` for requests below /api/v1. */
export async function startPlatform({ vars = {}, ...options } = {}) {
  const worker = await startProduct({ supabaseUrl, vars: { SUPABASE_JWT_SECRET: secret, ...vars }, ...options });
  return { ...worker, api: client(worker.url) };
}

/** Sends requests of a caller; a plain object as body is JSON. */
export function client(url) {
  return (bearer, method, path, { body, headers = {}, ...more } = {}) => {
    const json = body !== undefined && body.constructor === Object;
    return read(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(json ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(body) : body,
      ...more,
    });
  };
}

export function token(claims) {
  const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const signed = `${text({ alg: "HS256", typ: "JWT" })}.${text({ exp, ...claims })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export const user = (sub, more) =>
  token({ sub, aud: "authenticated", role: "authenticated", iss: `${supabaseUrl}/auth/v1`, ...more });
export const admin = (sub) => user(sub, { app_metadata: { role: "admin" } });
export const service = () => token({ role: "service_role" });

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// A core module that exports the function `run`, which does nothing.
const MODULE = [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
  [7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
  [10, 4, 1, 2, 0, 0x0b],
].flat();

/** A core module that exports the function `run`, with `count` empty custom sections, so that each count has a hash of its own. */
export const wasm = (count = 0) =>
  Uint8Array.from([...MODULE, ...Array.from({ length: count }, () => [0, 2, 1, 0x78]).flat()]);

/** The same, whose function has U+0000 in its name. */
export const wasmWithNul = () => Buffer.from(Buffer.from(wasm()).toString("latin1").replace("run", "a\0b"), "latin1");

/** A core module like `wasm` with one custom section of `length` bytes, the third of which is `mark`. */
export function largeWasm(length, mark) {
  const size = [(length & 127) | 128, ((length >> 7) & 127) | 128, ((length >> 14) & 127) | 128, length >> 21];
  const bytes = new Uint8Array(MODULE.length + 1 + size.length + length);
  bytes.set([...MODULE, 0, ...size, 1, 0x78, mark]);
  return bytes;
}

/** A built guest. */
export const guest = (name) => readFileSync(join(root, "build", "guests", `${name}.wasm`));

export const raw = { "content-type": "application/wasm" };
