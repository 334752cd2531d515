// Loads an isolate with the modules that a request brings, and gives its answer: `{main, modules: {name: {js} | {json} | {wasm: base64}}}`.
export default {
  async fetch(request, env) {
    const { main, modules } = await request.json();
    const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
    const loaded = Object.entries(modules).map(([name, { wasm, ...others }]) => [
      name,
      wasm ? { wasm: bytes(wasm) } : others,
    ]);
    const code = () => ({
      compatibilityDate: "2026-11-01",
      mainModule: main,
      modules: Object.fromEntries(loaded),
      env: {},
      globalOutbound: null,
    });
    return env.LOADER.get(crypto.randomUUID(), code).getEntrypoint().fetch("http://isolate/");
  },
};
