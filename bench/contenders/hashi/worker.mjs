import * as hashi from "../../../build/bench-hashi/bench_hashi.js";
import { bridge } from "../../../js/worker/shim.js";

export default bridge(hashi).handlers;
