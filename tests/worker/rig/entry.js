import { bridge } from "../../../js/worker/shim.js";
import * as rig from "../../../build/rig/rig.js";

const worker = bridge(rig);

export default worker.handlers;
export const Counter = worker.durableObject("Counter");
