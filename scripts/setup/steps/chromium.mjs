// Chromium and its WebDriver, for the tests in a browser.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "../apt.mjs";
import { SetupError } from "../exec.mjs";
import { which } from "../paths.mjs";

/** Ubuntu's chromium-browser is a script that sends one to a snap, which can't be driven from outside. */
function isSnapStub(file) {
  const head = readFileSync(file).subarray(0, 4096).toString("latin1");
  return head.startsWith("#!") && /snap/.test(head);
}

/** The browser: $CHROME, Chromium or Google Chrome; undefined if there is none. */
export function chromePath() {
  if (process.env.CHROME)
    return which(process.env.CHROME) || (existsSync(process.env.CHROME) ? process.env.CHROME : undefined);
  const names = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
  return names.map((name) => which(name)).find((file) => file && !isSnapStub(file));
}

/** Its driver: $CHROMEDRIVER, the one on PATH, or where GitHub's runners and Ubuntu keep it. */
export function driverPath() {
  const given = process.env.CHROMEDRIVER;
  if (given) return existsSync(given) ? given : undefined;
  const places = [process.env.CHROMEWEBDRIVER, "/usr/lib/chromium", "/usr/lib/chromium-browser"].filter(Boolean);
  const found = places.map((place) => join(place, "chromedriver")).find((file) => existsSync(file));
  return which("chromedriver") || found;
}

function isUbuntu() {
  return spawnSync("sh", ["-c", '. /etc/os-release && test "$ID" = ubuntu'], { stdio: "ignore" }).status === 0;
}

/** What a person does where there is no browser. */
export function browserRemedy(ubuntu) {
  if (!ubuntu)
    return "run: sudo apt-get install chromium chromium-driver; or name others: CHROME=… CHROMEDRIVER=… npm test";
  const install = "npx @puppeteer/browsers install";
  return `run: ${install} chrome@stable --install-deps && ${install} chromedriver@stable; then: CHROME=… CHROMEDRIVER=… npm test, with the paths that they print`;
}

/** Both of them; by apt where they are missing and that is possible. */
export const chromium = {
  name: "Chromium and its driver",
  done: () => Boolean(chromePath() && driverPath()),
  async run(context) {
    if (process.env.CHROME && !chromePath()) throw new SetupError(`CHROME=${process.env.CHROME} is not a program`);
    if (isUbuntu())
      throw new SetupError(
        "Chromium is missing, and Ubuntu's package of that name is only a snap, which can't be driven",
      );
    await aptInstall(context, ["chromium", "chromium-driver"]);
  },
  // Without it all but the tests in a browser can run.
  optional: true,
  remedy: browserRemedy(isUbuntu()),
};
