// The rig, which dies when it is told to, before the product's platform.
import * as rig from "../../../build/rig/rig.js";
import { bridge } from "../../../js/worker/shim.js";

async function loadPlatform() {
  const module = await import("../../../build/platform/platform.js");
  const { host } = await import("../../../js/worker/platform.js");
  return { module, host };
}

export default bridge(rig, loadPlatform).handlers;
