// Builds the browser database's package into build/sqlite/.
import { enter } from "./setup/enter.mjs";

enter("sqlite", async () => {
  const { buildSqlite } = await import("./build/sqlite.mjs");
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
    await buildSqlite();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.log) for (const line of tail(error.log)) console.error(line);
    console.error(`build: ${error.message}${error.remedy ? `\n${error.remedy}` : ""}`);
    process.exitCode = 1;
  }
});
