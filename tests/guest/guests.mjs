// The guests as the build makes them, for tests that need them.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { buildGuests, built, hashi as command } from "../../scripts/build/guests.mjs";

let ready;

/** Builds what is missing. What is there was built by the layer `guests`. */
function build() {
  ready ??= existsSync(built) && existsSync(command) ? Promise.resolve() : buildGuests();
  return ready;
}

/** The paths of the guests' modules, by name. */
export async function guests() {
  await build();
  return Object.fromEntries(readdirSync(built).map((file) => [basename(file, ".wasm"), join(built, file)]));
}

/** The path of the command `hashi`. */
export async function hashi() {
  await build();
  return command;
}
