// Plain PostgreSQL, for the tests that run the project's SQL on it as well as on PGlite.
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall } from "../apt.mjs";
import { which } from "../paths.mjs";

/** Where Debian keeps what each version brings, the latest first, and where others have it. */
function folders() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((left, right) => Number(right) - Number(left)) : [];
  return versions
    .map((version) => join(debian, version, "bin"))
    .concat((process.env.PATH || "").split(delimiter).filter(Boolean));
}

/** The folder with initdb and postgres; undefined if this machine has none. */
export function postgresFolder() {
  return folders().find((folder) => ["initdb", "postgres"].every((program) => which(program, folder)));
}

/** By apt where it is missing and that is possible. The tests start servers of their own, on sockets of their own. */
export const postgres = {
  name: "PostgreSQL",
  done: () => Boolean(postgresFolder()),
  run: (context) => aptInstall(context, ["postgresql"]),
  // Without it all but its half of the platform's SQL tests can run, and they say so.
  optional: true,
  remedy: "install PostgreSQL 15 or later (Debian, Ubuntu: sudo apt-get install postgresql)",
};
