// The options of open(), checked and completed.
import { DatabaseError } from "./error.js";

const defaults = {
  storage: "opfs",
  migrations: /** @type {{ version: number, sql: string }[]} */ ([]),
  openTimeout: 10_000,
  busyTimeout: 1_000,
  timeout: 30_000,
  transactionIdle: 5_000,
  unresponsiveAfter: 1_000,
  hangAfter: 35_000,
  synchronous: "full",
  transport: "auto",
  onOutdated: /** @type {((versions: { ours: number, database: number }) => void) | undefined} */ (undefined),
};

const choices = {
  storage: ["opfs", "memory", "opfs-or-memory"],
  synchronous: ["full", "normal"],
  transport: ["auto", "broadcast"],
};

const refused = (what) => new DatabaseError("parameter", what);

/** @returns {typeof defaults & { name: string }} */
export function settingsOf(name, options = {}) {
  if (typeof name !== "string" || name === "" || name.length > 100 || name.includes("\0"))
    throw refused("a database's name is a string of 1 to 100 characters");
  for (const [option, value] of Object.entries(options)) {
    if (!(option in defaults))
      throw refused(`open() has no option ${option}; it has ${Object.keys(defaults).join(", ")}`);
    if (value === undefined) continue;
    if (choices[option] && !choices[option].includes(value))
      throw refused(`${option} is one of ${choices[option].join(", ")}, not ${value}`);
    if (typeof defaults[option] === "number" && !(typeof value === "number" && value >= 0))
      throw refused(`${option} is a number of milliseconds, not ${value}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...defaults, ...given, name };
  settings.migrations.forEach(({ version, sql }, index) => {
    if (version !== index + 1 || typeof sql !== "string")
      throw new DatabaseError(
        "migration_failed",
        `migration ${index + 1} has to be { version: ${index + 1}, sql: "…" }`,
      );
  });
  settings.hangAfter = Math.max(settings.hangAfter, settings.timeout);
  return settings;
}
