// A build as a command of its own: it ends with what it started when it is stopped, and says what went wrong in the form of set-up.
import { SetupError, stopRunning, tail } from "../setup/exec.mjs";

/**
 * What cargo has compiled when it is stopped is kept.
 *
 * @param {() => Promise<unknown>} build
 */
export async function buildAlone(build) {
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
    await build();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // Compile errors have been printed by then.
    if (error.log && !error.printed) for (const line of tail(error.log)) console.error(line);
    console.error(`build: ${error.message}${error.remedy ? `\n${error.remedy}` : ""}`);
    process.exitCode = 1;
  }
}
