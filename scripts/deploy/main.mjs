import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, toolEnv } from "../setup/paths.mjs";
import { developmentOnly, missingNeeds, undeployable, usage } from "./needs.mjs";
import { release } from "./release.mjs";

const wranglerProgram = join(root, "node_modules", "wrangler", "bin", "wrangler.js");

function wrangler(args, capture = false) {
  const done = spawnSync(process.execPath, [wranglerProgram, ...args], {
    cwd: root,
    env: toolEnv({ WRANGLER_SEND_METRICS: "false" }),
    encoding: "utf8",
    stdio: capture ? ["ignore", "pipe", "pipe"] : "inherit",
  });
  return { code: done.status ?? 1, text: `${done.stdout ?? ""}${done.stderr ?? ""}` };
}

function options() {
  try {
    return parseArgs({
      options: { "dry-run": { type: "boolean" }, env: { type: "string" }, help: { type: "boolean" } },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The names of the secrets that the deployed Worker has; none if it was never deployed. */
function existingSecrets(environment) {
  const { code, text } = wrangler(["secret", "list", "--format", "json", ...environment], true);
  if (code !== 0) return new Set();
  const start = text.indexOf("[");
  const list = JSON.parse(text.slice(start, text.lastIndexOf("]") + 1) || "[]");
  return new Set(list.map((secret) => secret.name));
}

/** Says what is missing and how to give it; true if nothing that is required is. */
function ready(existing) {
  const missing = missingNeeds(readFileSync(join(root, "wrangler.toml"), "utf8"), existing);
  for (const { name, what, optional, how } of missing) {
    console.log(`  ${optional ? "·" : "✗"} ${name}: ${what}\n      ${how}${optional ? " (optional)" : ""}`);
  }
  return missing.every(({ optional }) => optional);
}

function main() {
  const given = options();
  if (given.help) return console.log(usage);
  const environment = given.env ? ["--env", given.env] : [];
  const wrong = undeployable(readFileSync(join(root, "wrangler.toml"), "utf8"), "deploy");
  if (wrong) {
    console.log(wrong);
    process.exitCode = 1;
    return;
  }
  if (given["dry-run"]) {
    process.exitCode = wrangler(["deploy", "--dry-run", "--outdir", "build/dry-run", ...environment]).code;
    return;
  }
  const account = wrangler(["whoami"], true);
  if (account.code !== 0 || /not authenticated/i.test(account.text)) {
    console.log(`wrangler has no Cloudflare account yet. Log in and start again:

  npx wrangler login            (or, without a browser: CLOUDFLARE_API_TOKEN=… npm run deploy)
`);
    console.log(usage);
    process.exitCode = 1;
    return;
  }
  const existing = existingSecrets(environment);
  const secret = developmentOnly.filter((name) => existing.has(name));
  if (secret.length > 0) {
    console.log(`The deployed Worker has a secret that is for development only. Take it away, then start again:
${secret.map((name) => `\n  npx wrangler secret delete ${[name, ...environment].join(" ")}`).join("")}
`);
    process.exitCode = 1;
    return;
  }
  if (!ready(existing)) {
    console.log(
      "\nThe Worker is not deployed: without these it would answer everything with 500 `configuration`. Give them, then start again.",
    );
    process.exitCode = 1;
    return;
  }
  const code = release(wrangler, environment);
  process.exitCode = code;
  if (code === 0) console.log("\nTo check it from outside: npm run smoke -- --url https://…  (the address above)");
}

main();
