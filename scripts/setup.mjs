// Set-up by itself, for a machine image or a CI cache: node scripts/setup.mjs [build|start|check|test]
import { enter } from "./setup/enter.mjs";

enter(process.argv[2] || "test", async () => {});
