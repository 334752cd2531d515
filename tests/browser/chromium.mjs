// Starts the machine's Chromium for a test.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where Debian, Ubuntu and Google put it; CHROME names another. */
const PLACES = [process.env.CHROME, "/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

export function startChromium() {
  const executablePath = PLACES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium: apt-get install chromium, or set CHROME to the path of one");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({ executablePath, args: [...args, "--disable-sync", "--no-first-run"] });
}
