import * as hashi from "../../build/worker/hashi.js";
import { bridge } from "./shim.js";

async function loadPlatform() {
  const module = await import("../../build/platform/platform.js");
  const { host } = await import("./platform.js");
  return { module, host };
}

export default bridge(hashi, loadPlatform).handlers;
