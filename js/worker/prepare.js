// Prepare, as the Worker calls it: built by scripts/build/prepare.mjs, carried as data and compiled in an isolate of its own.
import { script, version } from "../../build/prepare/entry.js";
import wasm from "../../build/prepare/prepare.bin";
import { preparing } from "../prepare/isolate.js";

/** From the bytes of an upload to its report and its bundle, or a refusal; see js/prepare/run.js for the shape. */
export const prepare = preparing({ wasm, script, version });
