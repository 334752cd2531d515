// What `npm run check` runs. Each lane runs its checks in turn, the lanes run side by side: cargo's share one target
// folder and would only wait for each other.

const deny = "deny.toml says what is allowed and why; the output names the crate";

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string[]} command
 * @property {string} fix         what to do when it fails
 * @property {string[]} [reaches] a command that fails where the check can't be made (no network)
 * @property {boolean} [advice]   findings are shown but fail only with --audit
 * @property {RegExp} [verdict]   must match the output for it to be a verdict rather than a failure to reach someone
 */

/** What is known of the packages in a folder's package-lock.json. @returns {Check} */
function npmAdvisories(name, folder) {
  return {
    name,
    // By the lock alone: whether they are installed, and which of them this system has, makes no difference.
    command: ["npm", "audit", "--prefix", folder, "--package-lock-only", "--audit-level=high"],
    // Nothing of npm's ships in the Worker: a new advisory on a tool must not stop everybody's tests.
    advice: true,
    verdict: /found 0 vulnerabilities|\d+ .*vulnerabilit/,
    fix: `npm audit fix --prefix ${folder}, or wait for the tool's release`,
  };
}

/** @type {Check[][]} */
export const lanes = [
  [
    { name: "rustfmt", command: ["cargo", "fmt", "--all", "--check"], fix: "cargo fmt --all" },
    {
      name: "clippy (native)",
      command: ["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
      fix: "cargo clippy --workspace --all-targets --fix",
    },
    {
      name: "clippy (wasm32)",
      command: ["cargo", "clippy", "--workspace", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"],
      fix: "cargo clippy --workspace --target wasm32-unknown-unknown --fix",
    },
  ],
  [
    { name: "biome", command: ["biome", "ci", "--colors=off", "."], fix: "npx biome check --write ." },
    { name: "tsc", command: ["tsc", "--noEmit", "--pretty", "false"], fix: "the output names file and line" },
    {
      name: "tsc (js/worker)",
      command: ["tsc", "--project", "js/worker", "--noEmit", "--pretty", "false"],
      fix: "the output names file and line",
    },
    {
      name: "tsc (js/guest)",
      command: ["tsc", "--project", "js/guest", "--noEmit", "--pretty", "false"],
      fix: "the output names file and line",
    },
    {
      name: "tsc (js/sqlite)",
      command: ["tsc", "--project", "js/sqlite", "--noEmit", "--pretty", "false"],
      fix: "the output names file and line",
    },
    {
      name: "licences, bans, sources",
      command: ["cargo-deny", "--log-level", "warn", "check", "licenses", "bans", "sources"],
      fix: deny,
    },
    {
      name: "Rust advisories",
      reaches: ["cargo-deny", "fetch", "db"],
      command: ["cargo-deny", "--log-level", "warn", "check", "advisories"],
      fix: "cargo update -p CRATE, or an entry in deny.toml with its reason",
    },
    npmAdvisories("npm advisories", "."),
    // A folder of its own, because it is installed only where its test runs.
    npmAdvisories("npm advisories (CLI)", "tests/supabase/cli"),
  ],
];
