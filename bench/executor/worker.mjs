// What the executor is measured against, in one Worker: raw JavaScript, JavaScript in a loaded isolate, and the guest as plain jco
// makes it, a fresh instance for each call.
import guest from "./jco/guest.js.txt";
import core from "./jco/guest.core.wasm";
import core2 from "./jco/guest.core2.wasm";
import core3 from "./jco/guest.core3.wasm";

const TEXT = { "content-type": "text/plain; charset=utf-8" };

const greet = `export default {
  fetch(request) {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return new Response("Hello, " + name + "!\\n", { headers: ${JSON.stringify(TEXT)} });
  },
};`;

const jco = `import { instantiate } from "./guest.js";
import core from "./core.wasm";
import core2 from "./core2.wasm";
import core3 from "./core3.wasm";
const modules = { "guest.core.wasm": core, "guest.core2.wasm": core2, "guest.core3.wasm": core3 };
const nothing = () => {};
const logging = { log: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
const make = (module, imports) => new WebAssembly.Instance(module, imports);
export default {
  async fetch(request) {
    const { handle } = await instantiate((name) => modules[name], { "edge:runtime/logging": logging }, make);
    const { method, url } = request;
    const uri = url.slice(url.indexOf("/", 8));
    const headers = [...request.headers];
    const answer = handle({ method: method.toLowerCase(), uri, headers, body: undefined, timeoutMs: 5000 });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  },
};`;

const bytes = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);

const isolates = {
  js: () => ({ "main.js": greet }),
  jco: () => ({
    "main.js": jco,
    "guest.js": guest,
    "core.wasm": { wasm: bytes(core) },
    "core2.wasm": { wasm: bytes(core2) },
    "core3.wasm": { wasm: bytes(core3) },
  }),
};

export default {
  fetch(request, env) {
    const url = new URL(request.url);
    const [, which, rest] = /^\/([a-z]+)(.*)$/.exec(url.pathname);
    if (which === "raw") {
      const name = url.searchParams.get("name") ?? "world";
      return new Response(`Hello, ${name}!\n`, { headers: TEXT });
    }
    const code = () => ({
      compatibilityDate: "2026-11-01",
      mainModule: "main.js",
      modules: isolates[which](),
      env: {},
      globalOutbound: null,
    });
    return env.LOADER.get(which, code)
      .getEntrypoint()
      .fetch(`http://guest${rest || "/"}${url.search}`, request);
  },
};
