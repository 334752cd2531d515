// npm run check: format, lints, types, licences; everything that needs no running Worker.
import { enter } from "./setup/enter.mjs";

enter("check", () => import("./check/main.mjs"));
