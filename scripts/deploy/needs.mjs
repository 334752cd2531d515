// What a deployed Worker needs to know, and where it is found.

/** Plain settings, in wrangler.toml's [vars] (or given as secrets). */
export const variables = [
  {
    name: "SUPABASE_URL",
    what: "the Supabase project's address, https://PROJECT.supabase.co",
    how: 'in wrangler.toml, [vars]: SUPABASE_URL = "https://PROJECT.supabase.co"; leave it out where another issuer signs (AUTH_ISSUER)',
  },
];

/** What only the Worker may know. A Worker that was never deployed is created by the first `secret put`. */
export const secrets = [
  {
    name: "SUPABASE_ANON_KEY",
    what: "the key of callers who are not signed in (Supabase: Project settings, API keys)",
    how: "npx wrangler secret put SUPABASE_ANON_KEY",
    of: "SUPABASE_URL",
  },
  {
    name: "SUPABASE_JWT_SECRET",
    what: "what users' tokens are signed with, for projects that still sign with a shared secret (HS256)",
    how: "npx wrangler secret put SUPABASE_JWT_SECRET; leave it out where the project signs with ES256 or RS256 keys (JWKS)",
    optional: true,
  },
  {
    name: "SUPABASE_SERVICE_ROLE_KEY",
    what: 'the key that is past every policy, where STORE is "supabase" (Supabase: Project settings, API keys)',
    how: "npx wrangler secret put SUPABASE_SERVICE_ROLE_KEY; leave it out where functions are kept in D1",
    optional: true,
    requiredBy: isSupabaseStore,
  },
];

/** How tokens of an issuer are checked who isn't the project's; one whose name is an address may publish its keys below that. */
const issuerKeys = {
  name: "AUTH_JWKS_URL",
  what: "where the issuer publishes its keys, if not at AUTH_ISSUER/.well-known/jwks.json; or give AUTH_JWT_SECRET, what it signs with (HS256)",
  how: 'in wrangler.toml, [vars]: AUTH_JWKS_URL = "https://…"; or npx wrangler secret put AUTH_JWT_SECRET',
  optional: true,
};

/** Whether the text of a wrangler.toml keeps functions in Supabase, in any environment. */
function isSupabaseStore(toml) {
  return /^[^#\n]*\bSTORE\b["']?\s*=\s*["']supabase["']/m.test(toml);
}

/** What opens on a developer's machine what nobody may reach in production. */
export const developmentOnly = ["GATEWAY_LOOPBACK_ORIGINS"];

/** The text of a wrangler.toml with no # in it but those that begin a comment: of each text only whether it is empty, of each key in quotes the name. */
function plain(toml) {
  return toml.replace(/("(?:[^"\\\n]|\\.)*"|'[^'\n]*')(\s*=(?!=))?/g, (_, text, key) => {
    if (key) return `${text.replaceAll("#", "_")}${key}`;
    return text.length > 2 ? '"x"' : '""';
  });
}

/** Those of `names` that the text of a wrangler.toml sets to more than an empty text, for any environment; a comment doesn't. */
export function settings(toml, names) {
  const text = plain(toml);
  return names.filter((name) => new RegExp(`^[^#\\n]*\\b${name}\\b["']?\\s*=\\s*(?!"")\\S`, "m").test(text));
}

/**
 * What is wrong with deploying this wrangler.toml, if anything is; `command` is the command of wrangler that asks for a build, as it says in WRANGLER_COMMAND.
 *
 * @param {string} toml
 * @param {string | undefined} command
 */
export function undeployable(toml, command) {
  if (command !== "deploy" && command !== "versions upload") return undefined;
  const wrong = settings(toml, developmentOnly);
  if (wrong.length === 0) return undefined;
  return `wrangler.toml sets ${wrong.join(", ")}, which is for development only. Move it to .dev.vars, then start again.`;
}

/** What a Worker lacks that has this wrangler.toml and the secrets of these names. */
export function missingNeeds(toml, existing) {
  const isSet = (name) => settings(toml, [name]).length > 0 || existing.has(name);
  // Without a project of Supabase, somebody else has to sign callers' tokens, and nothing of the project's is needed.
  const alone = isSet("AUTH_ISSUER") && !isSet("SUPABASE_URL") && !isSupabaseStore(toml);
  const keyless = alone && !["AUTH_JWKS_URL", "AUTH_JWT_SECRET", "SUPABASE_JWT_SECRET"].some(isSet);
  const named = settings(toml, ["AUTH_ISSUER"]).length > 0 && !/\bAUTH_ISSUER\b["']?\s*=\s*["']https?:\/\//.test(toml);
  return [
    ...(keyless ? [{ ...issuerKeys, optional: !named }] : []),
    ...variables.filter(({ name }) => !alone && !isSet(name)),
    ...secrets
      .filter(({ name, of }) => !existing.has(name) && !(alone && of))
      .map((need) => (need.requiredBy?.(toml) ? { ...need, optional: false } : need)),
  ];
}

const describe = ({ name, what, how, optional }) =>
  `  ${name}${optional ? " (optional)" : ""}\n    ${what}\n    ${how}`;

/** What `npm run deploy -- --help` prints. */
export const usage = `npm run deploy -- [--dry-run] [--env NAME]

Builds the Worker and deploys it to your Cloudflare account. --dry-run does all but the upload and needs no account.

It needs, once:
${[...variables, ...secrets].map(describe).join("\n")}

The database (D1) and the store of modules (R2) are made at the first deployment; at each later one migrations/ is applied to the database first.
Supabase's tables come with: npx supabase@3.1.0 db push --remote (it applies supabase/migrations).`;
