// The main module of the isolate that prepares uploads. It has no network, no bindings and no state.
import { WorkerEntrypoint } from "cloudflare:workers";
import module from "./prepare.wasm";
import { run } from "./run.js";

export default class extends WorkerEntrypoint {
  prepare(upload) {
    return run(module, upload);
  }
}
