import * as hashi from "../../build/worker/hashi.js";
import { gateway } from "./gateway.js";
import { bridge } from "./shim.js";

async function loadPlatform() {
  const module = await import("../../build/platform/platform.js");
  const { host } = await import("./platform.js");
  return { module, host };
}

const worker = bridge(hashi, loadPlatform);

export default worker.handlers;
export const Gateway = gateway(worker.outbound);
