// An object of a store, of which nothing is read yet: how large it is says whether there is room for it.
import { sha256 } from "./digest.js";

export class Unread {
  /**
   * @param {number | undefined} size in bytes, if the store says it
   * @param {() => Promise<ArrayBuffer>} whole
   * @param {{ cancel(): unknown }} body ends it, whoever reads it
   */
  constructor(size, whole, body) {
    this.size = size;
    this.whole = whole;
    this.body = body;
  }

  /** Its bytes; null if they don't have this SHA-256. */
  async read(wanted) {
    const bytes = await this.whole();
    return (await sha256(bytes)) === wanted ? bytes : null;
  }

  /** For who doesn't read it. */
  leave() {
    // It may have been read, or have broken off by itself, and is left in the middle of Rust's own work: nothing may be thrown there.
    Promise.try(() => this.body.cancel()).catch(() => {});
  }
}
