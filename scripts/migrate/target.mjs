// A Supabase project, as the service role writes to it.
import { createHash } from "node:crypto";

const BUCKET = "private_uploads";
const TRIES = 4;

/** Speaks to the project at `url` with its service role key. */
export function openTarget(url, key) {
  const base = url.replace(/\/$/, "");
  const headers = { apikey: key, authorization: `Bearer ${key}` };

  /** Sends until it is answered: everything that is sent here may be sent twice. */
  async function send(path, init, accept = [200]) {
    for (let attempt = 1; ; attempt++) {
      const outcome = await fetch(base + path, { ...init, headers: { ...headers, ...init.headers } }).then(
        async (response) => ({ status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) }),
        (error) => ({ status: 0, bytes: new TextEncoder().encode(error.cause?.message ?? error.message) }),
      );
      if (accept.includes(outcome.status)) return outcome;
      const passing = outcome.status === 0 || outcome.status === 429 || outcome.status >= 500;
      if (!passing || attempt === TRIES) {
        const said = new TextDecoder().decode(outcome.bytes).slice(0, 500);
        throw new Error(`${init.method ?? "GET"} ${path} was answered with ${outcome.status || "nothing"}: ${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
    }
  }

  async function call(name, json) {
    const { bytes } = await send(
      `/rest/v1/rpc/${name}`,
      { method: "POST", headers: { "content-type": "application/json" }, body: json },
      [200, 204],
    );
    const text = new TextDecoder().decode(bytes);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Whether an object is there with these bytes. */
  async function holds(path, sha256) {
    const { status, bytes } = await send(`/storage/v1/object/authenticated/${BUCKET}/${path}`, {}, [200, 400, 404]);
    return status === 200 && hash(bytes) === sha256;
  }

  /** Stores bytes, and reads them again: what is there afterwards has its hash. */
  async function store(path, bytes, sha256) {
    if (await holds(path, sha256)) return false;
    const init = {
      method: "POST",
      headers: { "x-upsert": "true", "content-type": "application/octet-stream" },
      body: bytes,
    };
    await send(`/storage/v1/object/${BUCKET}/${path}`, init);
    if (!(await holds(path, sha256))) throw new Error(`${path} was stored, and has other bytes now`);
    return true;
  }

  return { call, store };
}

/** The SHA-256 of bytes in hexadecimal. */
export const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
