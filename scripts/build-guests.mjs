// Builds the guests in guests/ into build/guests/.
import { enter } from "./setup/enter.mjs";

enter("start", async () => {
  const { buildAlone } = await import("./build/alone.mjs");
  const { buildGuests } = await import("./build/guests.mjs");
  await buildAlone(() => buildGuests());
});
