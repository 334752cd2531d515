// npm run deploy: says what a deployment needs, looks whether it is there, and deploys.
import { enter } from "./setup/enter.mjs";

await enter("build", () => import("./deploy/main.mjs"));
