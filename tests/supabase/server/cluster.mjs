/** The data folder: a ready-made cluster is built once per version and copied, so that a new server starts in a second. */
import { createHash, randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Database } from "./database.mjs";
import { lockFolder } from "./lock.mjs";
import { processFolder } from "./process-folder.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const buildFolder = resolve(here, "../../../build/supabase");
const DRAFT_LIFETIME = 10 * 60 * 1000;
/** What a Supabase project has before its first migration. */
export const bootstrap = readFileSync(join(here, "bootstrap.sql"), "utf8");

function pgliteVersion() {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  return JSON.parse(readFileSync(join(dirname(entry), "../package.json"), "utf8")).version;
}

/** Changes with Postgres and with what it has before the first migration. */
function clusterVersion() {
  return createHash("sha256").update(pgliteVersion()).update(bootstrap).digest("hex").slice(0, 16);
}

/** Makes the cluster that new data folders start from, unless an earlier run did. Returns its folder. */
async function template(version) {
  const folder = join(buildFolder, `cluster-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(buildFolder, { recursive: true });
  removeOldDrafts();
  const draft = join(buildFolder, `draft-${randomUUID()}`);
  try {
    const database = new Database(draft);
    await database.ready();
    await database.exec(bootstrap);
    await database.close();
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster: its cluster is as good.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Drafts are left behind by runs that were killed; a living one is done in seconds. */
function removeOldDrafts() {
  for (const name of readdirSync(buildFolder).filter((entry) => entry.startsWith("draft-"))) {
    const folder = join(buildFolder, name);
    const made = statSync(folder, { throwIfNoEntry: false })?.birthtimeMs ?? Date.now();
    if (Date.now() - made > DRAFT_LIFETIME) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Opens a folder for this process alone. Without one, a temporary folder is made, and removed at the end.
 *
 * @param {string} [dataDir]
 * @param {{ cluster?: boolean }} [options] `cluster: false` for a folder without a Postgres in it
 */
export async function openFolder(dataDir, { cluster: wanted = true } = {}) {
  const folder = dataDir === undefined ? temporaryFolder() : resolve(dataDir);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  const cluster = join(folder, "postgres");
  try {
    const version = clusterVersion();
    if (wanted && !existsSync(cluster)) {
      const draft = join(folder, "postgres.draft");
      rmSync(draft, { recursive: true, force: true });
      cpSync(await template(version), draft, { recursive: true });
      writeFileSync(join(folder, "version"), version);
      renameSync(draft, cluster);
    }
    if (wanted) requireVersion(folder, version);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    folder,
    cluster,
    release() {
      lock.release();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Refuses data that another version of Postgres or of the roles and schemas made. */
function requireVersion(folder, version) {
  const file = join(folder, "version");
  if (existsSync(file) && readFileSync(file, "utf8") === version) return;
  throw new Error(
    `${folder} was made by another version of the local Supabase. Start over with: npm run supabase:reset`,
  );
}

/** In memory where the system has a memory file system. */
function temporaryFolder() {
  return processFolder(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hashi-supabase");
}
