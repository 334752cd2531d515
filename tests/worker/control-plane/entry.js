import * as controlPlane from "../../../build/control-plane/control_plane.js";
import { bridge } from "../../../js/worker/shim.js";

export default bridge(controlPlane).handlers;
