/** Rows of auth.users and the JSON in which the API shows them. */
import { randomUUID } from "node:crypto";
import { AuthError } from "./errors.mjs";

const EMAIL = /^[^\s@"(),:;<>[\]\\]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/u;

/** The address in lower case. @throws {AuthError} */
export function normalizeEmail(email) {
  if (typeof email !== "string" || email.length > 255 || !EMAIL.test(email)) {
    throw new AuthError(400, "validation_failed", "Unable to validate email address: invalid format");
  }
  return email.toLowerCase();
}

/** A JSON object or nothing. @throws {AuthError} */
export function requireObject(value, name) {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw new AuthError(400, "bad_json", `Could not parse request body as JSON: ${name} must be an object`);
}

/** New values over old ones; null removes a key. */
export function mergeMetadata(before, changes) {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));
}

export const isUuid = (text) => typeof text === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** @returns {Promise<object | undefined>} the row */
export async function findUser(connection, column, value) {
  const where = { id: "id = $1", email: "email = $1" }[column];
  return (await connection.query(`select * from auth.users where ${where} and deleted_at is null`, [value])).rows[0];
}

/** Adds a user with an email identity. Returns the row. */
export async function insertUser(
  connection,
  { id = randomUUID(), email, hash, confirmed, role = "authenticated", appMetadata, userMetadata, bannedUntil },
) {
  const now = new Date().toISOString();
  const identity = { sub: id, email, email_verified: false, phone_verified: false };
  await connection.query(
    `insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
       raw_user_meta_data, created_at, updated_at, banned_until)
     values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
    [
      id,
      role,
      email,
      hash ?? "",
      confirmed ? now : null,
      { provider: "email", providers: ["email"], ...appMetadata },
      userMetadata,
      now,
      bannedUntil ?? null,
    ],
  );
  await connection.query(
    `insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
     values ($1, $2, $3, 'email', $4, $4, $4)`,
    [id, id, identity, now],
  );
  return findUser(connection, "id", id);
}

/** Writes the named columns of a user. Returns the row. */
export async function updateUser(connection, id, changes) {
  const allowed = [
    "email",
    "encrypted_password",
    "email_confirmed_at",
    "raw_app_meta_data",
    "raw_user_meta_data",
    "role",
    "banned_until",
    "last_sign_in_at",
  ];
  const names = allowed.filter((name) => changes[name] !== undefined);
  const sets = names.map((name, index) => `${name} = $${index + 2}`);
  await connection.query(`update auth.users set ${[...sets, "updated_at = now()"].join(", ")} where id = $1`, [
    id,
    ...names.map((name) => changes[name]),
  ]);
  if (changes.email) {
    await connection.query(
      "update auth.identities set identity_data = identity_data || jsonb_build_object('email', $2::text), updated_at = now() where user_id = $1 and provider = 'email'",
      [id, changes.email],
    );
  }
  return findUser(connection, "id", id);
}

const time = (value) => (value ? new Date(value).toISOString() : undefined);

/** The user as the API shows it. */
export async function userJson(connection, row) {
  const { rows } = await connection.query("select * from auth.identities where user_id = $1 order by created_at", [
    row.id,
  ]);
  return {
    id: row.id,
    aud: row.aud,
    role: row.role,
    email: row.email ?? "",
    email_confirmed_at: time(row.email_confirmed_at),
    phone: row.phone ?? "",
    confirmed_at: time(row.confirmed_at),
    last_sign_in_at: time(row.last_sign_in_at),
    app_metadata: row.raw_app_meta_data ?? {},
    user_metadata: row.raw_user_meta_data ?? {},
    identities: rows.map(identityJson),
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
    banned_until: time(row.banned_until),
    is_anonymous: row.is_anonymous,
  };
}

function identityJson(row) {
  return {
    identity_id: row.id,
    id: row.provider_id,
    user_id: row.user_id,
    identity_data: row.identity_data,
    provider: row.provider,
    last_sign_in_at: time(row.last_sign_in_at),
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
    email: row.email,
  };
}
