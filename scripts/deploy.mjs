// npm run deploy: says what a deployment needs, looks whether it is there, and deploys.
import { enter } from "./setup/enter.mjs";

enter("start", () => import("./deploy/main.mjs"));
