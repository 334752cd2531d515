// The isolate that prepares uploads, seen from the Worker: strangers' bytes never enter the Worker's own instance.
import { within } from "../worker/deadline.js";

// What a try may compute, and how long it may take, in milliseconds: to load the isolate, and to carry bytes to it and back, takes the rest.
const CPU_MS = 20_000;
const TRY_MS = 30_000;

const DIED = {
  code: "prepare_failed",
  message:
    "the platform could not prepare this module: it needs more memory or time for that than there is, or meets a fault of the platform; " +
    "nothing was stored; a smaller or simpler build may pass",
};

/**
 * @param {{ wasm: ArrayBuffer, script: string, version: string }} built what scripts/build/prepare.mjs makes; `version` changes with either
 * @param {(line: string) => void} [log]
 * @returns {(env: { LOADER: WorkerLoader }, upload: ArrayBuffer) => Promise<import("./run.js").Prepared | import("./run.js").Refused>}
 *   an upload is at most 32 MiB long, which is what may pass between isolates
 */
export function preparing({ wasm, script, version }, log = console.error) {
  // Counts the isolates that died: one that did is never asked again.
  let generation = 0;

  function isolate(loader) {
    const code = () => ({
      compatibilityDate: "2026-11-01",
      mainModule: "entry.js",
      modules: { "entry.js": script, "prepare.wasm": { wasm } },
      env: {},
      globalOutbound: null,
      limits: { cpuMs: CPU_MS },
    });
    return loader.get(`prepare-${version}-${generation}`, code).getEntrypoint();
  }

  /** Gives up the isolate of generation `died`, once, however many uploads died with it. */
  function giveUp(died) {
    if (generation === died) generation += 1;
  }

  /** One try; a failure of the isolate itself, which may be another upload's doing, is a death too. One that gives no answer is an error. */
  async function ask(loader, upload) {
    const asked = generation;
    try {
      // Plain data: what comes back holds nothing of the isolate.
      const answer = await within(isolate(loader).prepare(upload), TRY_MS);
      return { answer, asked, ended: false };
    } catch (error) {
      log(`the isolate that prepares uploads failed: ${error}`);
      giveUp(asked);
      // Of the upload nothing is known by that: it may come again.
      if (error.name === "LateError") throw error;
      return { answer: { death: `${error}`, memory: 0 }, asked, ended: true };
    }
  }

  return async function prepare({ LOADER }, upload) {
    let { answer, asked, ended } = await ask(LOADER, upload);
    // Once more, alone in a new isolate.
    if (ended) ({ answer, asked, ended } = await ask(LOADER, upload));
    if (answer.death === undefined) return answer;
    if (!ended) {
      log(
        `preparing an upload of ${upload.byteLength} bytes failed in ${answer.memory} bytes of memory: ${answer.death}`,
      );
      giveUp(asked);
    }
    return { refusal: DIED };
  };
}
