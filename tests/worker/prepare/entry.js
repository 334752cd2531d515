// The platform's prepare behind a route of its own, and one whose isolate dies on demand.
import { preparing } from "../../../js/prepare/isolate.js";
import { prepare } from "../../../js/worker/prepare.js";

// An isolate that does what the upload's first byte says.
const script = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  let uploads = 0;
  export default class extends WorkerEntrypoint {
    async prepare(upload) {
      uploads += 1;
      const [order] = new Uint8Array(upload);
      const address = new TextDecoder().decode(upload.slice(1));
      if (order === 1) return { death: "on demand", memory: 65536 };
      if (order === 2) throw new Error("the isolate fails");
      if (order === 3) {
        const met = await fetch(address).then((response) => response.text(), (error) => "refused: " + error.message);
        return { refusal: { code: "fetched", message: met }, memory: 0 };
      }
      return { refusal: { code: "alive", message: String(uploads) }, memory: 0 };
    }
  }`;

const log = [];
const nothing = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0).buffer;
const frail = preparing({ wasm: nothing, script, version: "frail" }, (line) => log.push(line));

const hex = async (bytes) =>
  Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    // What the isolate tries too.
    if (pathname === "/fetch") return fetch(searchParams.get("from"));
    const upload = await request.arrayBuffer();
    if (pathname === "/frail") return Response.json({ answer: await frail(env, upload), log: log.splice(0) });
    const answer = await prepare(env, upload);
    // By the bytes that arrived, not by what is said of them.
    for (const file of answer.files ?? []) {
      file.measured = { sha256: await hex(file.bytes), bytes: file.bytes.byteLength };
      file.text = file.name.endsWith(".json") ? new TextDecoder().decode(file.bytes) : undefined;
      delete file.bytes;
    }
    return Response.json(answer);
  },
};
