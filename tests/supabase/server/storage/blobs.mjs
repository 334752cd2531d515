/** The bytes, one file for each version of an object; a version is written once and never changed. */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { join } from "node:path";
import { tooLarge } from "./errors.mjs";

/** A folder of versions. */
export class Blobs {
  #folder;
  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }
  #path(version) {
    return join(this.#folder, version);
  }
  /**
   * Stores what `source` gives. A source that breaks off or goes on for too long leaves nothing.
   *
   * @param {AsyncIterable<Uint8Array>} source
   * @returns {Promise<{ version: string, size: number, etag: string }>}
   */
  async write(source, limit) {
    const version = randomUUID();
    const hash = createHash("md5");
    let size = 0;
    // By a handle and not by a stream, which may fail when nobody listens any more.
    const file = await open(this.#path(version), "wx");
    try {
      for await (const piece of source) {
        size += piece.length;
        // The rest is read and dropped, so that the client sees the answer rather than a broken connection.
        if (size > limit) continue;
        hash.update(piece);
        await file.writeFile(piece);
      }
      if (size > limit) throw tooLarge();
      await file.close();
      return { version, size, etag: `"${hash.digest("hex")}"` };
    } catch (error) {
      await file.close();
      this.remove(version);
      throw error;
    }
  }
  /** The bytes from `start` up to `end`; undefined if they are lost. */
  async read(version, start, end) {
    let file;
    try {
      file = await open(this.#path(version));
      const bytes = Buffer.alloc(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    } finally {
      await file?.close();
    }
  }
  /** How many bytes there are; undefined if they are lost. */
  size(version) {
    return statSync(this.#path(version), { throwIfNoEntry: false })?.size;
  }
  /** A second version with the same bytes; undefined if they are lost. */
  async copy(version) {
    const copy = randomUUID();
    try {
      await copyFile(this.#path(version), this.#path(copy));
      return copy;
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
  }
  remove(version) {
    if (version) rmSync(this.#path(version), { force: true });
  }
}
