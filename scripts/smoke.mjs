// npm run smoke -- --url https://…: checks a deployment from outside. Needs nothing but Node, so no set-up beyond it.
import { enter } from "./setup/enter.mjs";

enter("bare", () => import("./smoke/main.mjs"));
