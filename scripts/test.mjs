// npm test: set-up, then every layer of tests.
import { enter } from "./setup/enter.mjs";

enter("test", () => import("./test/main.mjs"));
