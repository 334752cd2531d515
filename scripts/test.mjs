// npm test: set-up, then every layer of tests.
import { enter } from "./setup/enter.mjs";

await enter("test", () => import("./test/main.mjs"));
