/** Passwords are stored as `scrypt$N$salt$hash`. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { AuthError } from "./errors.mjs";

const derive = promisify(scrypt);
const COST = 16384;
const LENGTH = 32;
const MIN_LENGTH = 6;
const MAX_LENGTH = 72;

/** Hashes a password. @returns {Promise<string>} */
export async function hashPassword(password) {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, LENGTH, { N: COST });
  return `scrypt$${COST}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/** Checks a password. Takes as long for a user who doesn't exist as for one who does. */
export async function checkPassword(password, stored) {
  const [scheme, cost, salt, hash] = (stored ?? "").split("$");
  if (scheme !== "scrypt") {
    await derive(password, "nobody", LENGTH, { N: COST });
    return false;
  }
  const expected = Buffer.from(hash, "base64url");
  return timingSafeEqual(
    await derive(password, Buffer.from(salt, "base64url"), expected.length, { N: Number(cost) }),
    expected,
  );
}

/** Refuses what GoTrue's default rules refuse. */
export function requireStrong(password) {
  if (Buffer.byteLength(password) > MAX_LENGTH) {
    throw new AuthError(422, "validation_failed", `Password cannot be longer than ${MAX_LENGTH} characters`);
  }
  if ([...password].length >= MIN_LENGTH) return;
  const weak_password = { reasons: ["length"] };
  throw new AuthError(422, "weak_password", `Password should be at least ${MIN_LENGTH} characters.`, { weak_password });
}
