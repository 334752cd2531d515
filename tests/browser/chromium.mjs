// Starts the machine's Chromium for a test or a benchmark.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** Where Debian, Ubuntu and Google put it; CHROME names another. */
const PLACES = [process.env.CHROME, "/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

function options() {
  const executablePath = PLACES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium: apt-get install chromium, or set CHROME to the path of one");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return { executablePath, args: [...args, "--disable-sync", "--no-first-run"] };
}

/** Starts it; each context keeps what it stores in memory, as a private window does. */
export function startChromium() {
  return chromium.launch(options());
}

/** Starts it with a fresh profile on disk: what its one context stores is written there. `stop()` ends it and removes that. */
export async function startProfile() {
  const folder = mkdtempSync(join(tmpdir(), "hashi-profile-"));
  const context = await chromium.launchPersistentContext(folder, options());
  return {
    context,
    browser: context.browser(),
    async stop() {
      await context.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
