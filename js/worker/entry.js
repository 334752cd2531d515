import * as hashi from "../../build/worker/hashi.js";
import { bridge } from "./shim.js";

export default bridge(hashi, () => import("../../build/platform/platform.js")).handlers;
