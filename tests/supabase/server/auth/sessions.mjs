/** Sessions, their access tokens, and the rotation of their refresh tokens. */
import { randomBytes, randomUUID } from "node:crypto";
import { AuthError } from "./errors.mjs";
import { findUser, updateUser, userJson } from "./users.mjs";

/** A used refresh token is accepted this long, for a client whose answer got lost or whose tabs raced. */
const REUSE_SECONDS = 10;

/** Starts a session after a password was checked. Returns the answer's body. */
export async function startSession(server, connection, user) {
  const id = randomUUID();
  const row = await updateUser(connection, user.id, { last_sign_in_at: new Date().toISOString() });
  await connection.query(
    "insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())",
    [id, user.id],
  );
  return issue(server, connection, row, id, await addRefreshToken(connection, user.id, id, null));
}

async function addRefreshToken(connection, userId, sessionId, parent) {
  const token = randomBytes(12).toString("base64url");
  await connection.query(
    "insert into auth.refresh_tokens (token, user_id, revoked, created_at, updated_at, parent, session_id) values ($1, $2, false, now(), now(), $3, $4)",
    [token, userId, parent, sessionId],
  );
  return token;
}

/** Trades a refresh token for a new pair; the old one is spent. */
export async function refreshSession(server, connection, token) {
  const { rows } = await connection.query(
    "select *, extract(epoch from now() - updated_at)::float8 as age from auth.refresh_tokens where token = $1",
    [token],
  );
  const [found] = rows;
  if (!found?.session_id)
    throw new AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
  const user = await findUser(connection, "id", found.user_id);
  if (!user) throw new AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
  requireNotBanned(user);
  if (!found.revoked) {
    await connection.query("update auth.refresh_tokens set revoked = true, updated_at = now() where id = $1", [
      found.id,
    ]);
    return issue(
      server,
      connection,
      user,
      found.session_id,
      await addRefreshToken(connection, user.id, found.session_id, token),
    );
  }
  const active = await activeToken(connection, found.session_id);
  if (active && (active.parent === token || found.age <= REUSE_SECONDS)) {
    return issue(server, connection, user, found.session_id, active.token);
  }
  // A spent token that comes back much later was stolen, or its successor was: the whole family ends. This is
  // returned, not thrown, because a thrown error would roll the revocation back.
  await connection.query("update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1", [
    found.session_id,
  ]);
  return new AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used");
}

async function activeToken(connection, sessionId) {
  const { rows } = await connection.query(
    "select token, parent from auth.refresh_tokens where session_id = $1 and not revoked order by id desc limit 1",
    [sessionId],
  );
  return rows[0];
}

/** Refuses a user who is banned now. */
export function requireNotBanned(user) {
  if (user.banned_until && new Date(user.banned_until) > new Date())
    throw new AuthError(400, "user_banned", "User is banned");
}

async function issue(server, connection, row, sessionId, refreshToken) {
  const user = await userJson(connection, row);
  const { rows } = await connection.query(
    "select floor(extract(epoch from created_at))::bigint as started from auth.sessions where id = $1",
    [sessionId],
  );
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + server.jwtExpiry;
  const claims = {
    iss: `${server.url}/auth/v1`,
    sub: user.id,
    aud: user.aud,
    exp,
    iat,
    email: user.email,
    phone: user.phone,
    app_metadata: user.app_metadata,
    user_metadata: user.user_metadata,
    role: user.role,
    aal: "aal1",
    amr: [{ method: "password", timestamp: Number(rows[0].started) }],
    session_id: sessionId,
    is_anonymous: user.is_anonymous,
  };
  const access_token = server.tokens.sign(claims);
  return {
    access_token,
    token_type: "bearer",
    expires_in: server.jwtExpiry,
    expires_at: exp,
    refresh_token: refreshToken,
    user,
  };
}

/** Ends the sessions in `scope`: `global` all of the user's, `local` this one, `others` all but this one. */
export async function endSessions(connection, userId, sessionId, scope) {
  const which = { global: "true", local: "id = $2", others: "id <> $2" }[scope];
  if (!which) throw new AuthError(400, "validation_failed", `Unsupported logout scope "${scope}"`);
  const values = scope === "global" ? [userId] : [userId, sessionId ?? null];
  await connection.query(`delete from auth.sessions where user_id = $1 and ${which}`, values);
}
