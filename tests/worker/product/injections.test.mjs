// Hostile text in every parameter, on D1.
import { testInjections } from "./injections.mjs";
import { startPlatform, user } from "./platform.mjs";

testInjections(async () => {
  const change = ({ ratelimits: _, ...options }) => options;
  const worker = await startPlatform({ vars: { FUNCTIONS_PER_USER: "1000" }, change });
  return { ...worker, owner: user("ann"), other: user("bob") };
});
