// A step of the object store (R2).
import { within } from "./deadline.js";

// How long it may take, in milliseconds: 10 MiB, at a third of a megabyte a second.
const OBJECT_MS = 30_000;

/**
 * What `promise` of the object store comes to, in time.
 *
 * @template T
 * @param {Promise<T>} promise
 */
export const step = (promise) => within(promise, OBJECT_MS);
