// The product's first module, before the rig in the platform's place.
import * as hashi from "../../../build/worker/hashi.js";
import { bridge } from "../../../js/worker/shim.js";

export default bridge(hashi, async () => ({ module: await import("../../../build/rig/rig.js") })).handlers;
