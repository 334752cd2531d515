// The order in which a deployment's database and its code change.

/**
 * Brings the database to where new code expects it, then deploys that. Only a first deployment is the other way round, because it is what makes the
 * database. A migration keeps working with the code before it, so nothing is broken where the second half fails.
 *
 * @param {(args: string[], capture?: boolean) => { code: number, text: string }} wrangler
 * @param {string[]} environment arguments that name it
 * @returns {number} the exit code: of the first step that failed
 */
export function release(wrangler, environment) {
  const there = isThere(wrangler(["d1", "info", "DB", "--json", ...environment], true));
  if (there === undefined) return 1;
  const migrate = ["d1", "migrations", "apply", "DB", "--remote", ...environment];
  const deploy = ["deploy", ...environment];
  for (const step of there ? [migrate, deploy] : [deploy, migrate]) {
    const { code } = wrangler(step);
    if (code !== 0) {
      console.log(`\nwrangler ${step.join(" ")} failed, so nothing after it was done.`);
      return code;
    }
  }
  return 0;
}

/** Whether the database is there; undefined, which is said, if wrangler can't tell. */
function isThere({ code, text }) {
  if (code === 0) return true;
  if (/Couldn't find .*D1 DB/.test(text)) return false;
  console.log(`${text}\nThe Worker is not deployed: whether its database is there can't be told.`);
  return undefined;
}
