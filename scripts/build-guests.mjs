// Builds the guests in guests/ into build/guests/.
import { enter } from "./setup/enter.mjs";

enter("start", async () => {
  const { buildGuests } = await import("./build/guests.mjs");
  const { SetupError, stopRunning, tail } = await import("./setup/exec.mjs");
  for (const [signal, code] of /** @type {const} */ ([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])) {
    process.on(signal, () => {
      stopRunning();
      process.exit(code);
    });
  }
  try {
    await buildGuests();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.log) for (const line of tail(error.log)) console.error(line);
    console.error(`build: ${error.message}${error.remedy ? `\n${error.remedy}` : ""}`);
    process.exitCode = 1;
  }
});
