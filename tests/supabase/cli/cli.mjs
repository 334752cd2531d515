/** Supabase's own CLI, in the version that package-lock.json names. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const program = join(folder, "node_modules/supabase/dist/supabase.js");
const ROOT = join(folder, "../../..");

/** The version, as the documents have to name it. */
export const version = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).devDependencies.supabase;

/** Why it can't be run; false if it can. */
export const absent =
  !existsSync(program) &&
  `Supabase's CLI is not installed here, so the test that pushes with it was NOT run; install it: npm install --prefix tests/supabase/cli --no-save`;

/**
 * Runs a command on the folder `supabase/` in `workdir`, with a home of its own and no word to anybody but the database.
 *
 * @param {string[]} args
 * @param {{ workdir?: string }} [options] the project's root by default
 * @returns {Promise<{ status: number, said: any, warned: string }>} what it prints as JSON, and beside it
 */
export async function supabase(args, { workdir = ROOT } = {}) {
  const home = mkdtempSync(join(tmpdir(), "hashi-supabase-cli-"));
  const quiet = { DO_NOT_TRACK: "1", SUPABASE_TELEMETRY_DISABLED: "1", SUPABASE_NO_UPDATE_NOTIFIER: "1" };
  try {
    const child = spawn(process.execPath, [program, ...args, "--workdir", workdir, "--output-format", "json"], {
      env: { PATH: process.env.PATH, HOME: home, ...quiet },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[status], said, warned] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
    try {
      return { status, said: JSON.parse(said), warned };
    } catch (cause) {
      throw new Error(`supabase ${args.join(" ")} said ${said || "nothing"}, and: ${warned}`, { cause });
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
