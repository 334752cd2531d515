// Removal of files and folders that may not be there.
import fs from "node:fs";

/** Removes a file, or a folder with all that is in it, if it is there. */
export function remove(path) {
  // Node has rmSync from 14.14 on, and from 16 on wants nothing else.
  if (fs.rmSync) return fs.rmSync(path, { recursive: true, force: true });
  try {
    if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path, { recursive: true });
    else fs.unlinkSync(path);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}
